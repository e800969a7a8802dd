/** Short-lived copies of sessions in Redis. A revocation is written over any copy; a copy never over a revocation. */
import { sessionRecord } from '../../contracts/session.ts';
import type { Session, SessionCache, SessionRef } from '../../ports/session-store.ts';
import type { BoundedRedis } from './bounded-redis.ts';

/** How long a revocation can go unnoticed when Redis could not be told of it. */
const COPY_MS = 30_000;
/** Longer than any request that read the session before it was revoked could still want to keep its copy. */
const REVOKED_MS = 15 * 60_000;
const REVOKED = 'revoked';
const MAX_CHARACTERS = 4_096;

const keyOf = ({ issuer, id }: SessionRef): string => `s:{${issuer.length}/${issuer}/${id}}`;

const parse = (text: string): Session | undefined => {
  if (text.length > MAX_CHARACTERS) return undefined;
  try {
    return sessionRecord.safeParse(JSON.parse(text)).data;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
};

export const createRedisSessionCache = (redis: BoundedRedis): SessionCache => ({
  async find(ref) {
    const reply = await redis.run((client) => client.get(keyOf(ref)));
    if (reply.kind !== 'answered' || reply.value === null) return 'missing';
    if (reply.value === REVOKED) return 'revoked';
    const session = parse(reply.value);
    return session?.issuer === ref.issuer && session.id === ref.id ? session : 'missing';
  },
  async fill(session) {
    const text = JSON.stringify(session);
    await redis.run((client) => client.set(keyOf(session), text, 'PX', COPY_MS, 'NX'));
  },
  async revoke(ref) {
    await redis.run((client) => client.set(keyOf(ref), REVOKED, 'PX', REVOKED_MS));
  },
});
