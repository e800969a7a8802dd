/** Short-lived copies of sessions in Redis. A revocation is written over any copy; a copy never over a revocation. */
import type { SeenSession, SessionCache } from '../../ports/session-store.ts';
import type { BoundedRedis } from './bounded-redis.ts';
import { sessionKey } from './keys.ts';

/** How long a revocation can go unnoticed when Redis could not be told of it. */
const COPY_MS = 30_000;
/** Longer than any request that read the session before it was revoked could still want to keep its copy. */
const REVOKED_MS = 15 * 60_000;
const REVOKED = 'revoked';
/** Whose session it is and which, the key says: what is left is its end. */
const EXPIRES_AT = /^\d{1,15}$/;

/** What a copy says; whatever is no copy of ours says nothing. */
export const seenIn = (text: string | null): SeenSession => {
  if (text === REVOKED) return 'revoked';
  return text !== null && EXPIRES_AT.test(text) ? { expiresAt: Number(text) } : 'missing';
};

export const createRedisSessionCache = (redis: BoundedRedis): SessionCache => ({
  async find(holder) {
    const reply = await redis.run((client) => client.get(sessionKey(holder)));
    return reply.kind === 'answered' ? seenIn(reply.value) : 'missing';
  },
  async fill(holder, expiresAt) {
    const key = sessionKey(holder);
    await redis.run((client) => client.set(key, String(expiresAt), 'PX', COPY_MS, 'NX'));
  },
  async revoke(holder) {
    const key = sessionKey(holder);
    const reply = await redis.run((client) => client.set(key, REVOKED, 'PX', REVOKED_MS));
    return reply.kind === 'answered' ? 'kept' : 'unavailable';
  },
});
