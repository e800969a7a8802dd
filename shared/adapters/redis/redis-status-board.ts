/** The status board in Redis: one text per upload, ready to be sent, written through scripts that refuse an older one. */
import { type ReadyStatus, readyOf } from '../../domain/ready-status.ts';
import { ownerOf } from '../../domain/upload.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SeenSession } from '../../ports/session-store.ts';
import type { Principal } from '../../ports/session-verifier.ts';
import type { HeldLease, MarkedStep, StatusBoard } from '../../ports/status-board.ts';
import type { Look, StatusDesk } from '../../ports/status-desk.ts';
import { keptMs } from '../board-terms.ts';
import {
  type BoundedRedis,
  type BoundedRedisOptions,
  createBoundedRedis,
} from './bounded-redis.ts';
import { leaseKey, readUploadKey, sessionKey, shareSlot, uploadKey } from './keys.ts';
import { entryOf, markText, readyText } from './ready-text.ts';
import { seenIn } from './redis-session-cache.ts';
import { CLAIM, MARK, RELEASE, runScript, SHOW } from './scripts.ts';

const show = async (redis: BoundedRedis, ready: ReadyStatus, now: number, done?: HeldLease) => {
  const { head, rest } = readyText(ready, now);
  const { tenant, owner, id: uploadId, rev, generation } = ready;
  const key = uploadKey({ tenant, owner, uploadId });
  const reply = await redis.run((client) =>
    runScript(
      client,
      SHOW,
      done === undefined ? [key] : [key, leaseKey(done)],
      ...[rev, generation, keptMs(ready), head, rest, done?.token ?? ''],
      ...ready.openSteps.map(({ name }) => name),
    ),
  );
  if (reply.kind !== 'answered') return 'unavailable';
  return reply.value === 1 ? 'shown' : 'older';
};

/** As the scripts take them. */
const markValues = (marks: MarkedStep): readonly (string | number)[] => [
  marks.generation,
  markText(marks),
  ...marks.steps,
];

/** On a connection that serves others too. */
export const createStatusBoardOn = (redis: BoundedRedis, clock: Clock): StatusBoard => ({
  show: (document, done) => show(redis, readyOf(document), clock.now(), done),
  async mark(marks) {
    await redis.run((client) => runScript(client, MARK, [uploadKey(marks)], ...markValues(marks)));
  },
  async claim(lease) {
    const { token, marks } = lease;
    const terms = [token, Math.ceil(lease.seconds * 1000)];
    const at = leaseKey(lease);
    const reply = await redis.run((client) =>
      marks === undefined
        ? runScript(client, CLAIM, [at], ...terms)
        : runScript(client, CLAIM, [at, uploadKey(marks)], ...terms, ...markValues(marks)),
    );
    if (reply.kind !== 'answered') return 'unavailable';
    return reply.value === 1 ? 'claimed' : 'held';
  },
  async release(lease) {
    await redis.run((client) => runScript(client, RELEASE, [leaseKey(lease)], lease.token));
  },
});

/** On a connection of its own. */
export const createRedisStatusBoard = (options: BoundedRedisOptions): StatusBoard =>
  createStatusBoardOn(createBoundedRedis(options), options.clock);

type Texts = readonly [status: string | null, session: string | null];

/** One command where both keys are in one slot; what other tools dropped is in another, and takes a second one. */
const readBoth = async (
  redis: BoundedRedis,
  reader: Principal,
  uploadId: string,
): Promise<Texts | undefined> => {
  const { tenant, owner, session: asking } = reader;
  const key = readUploadKey(reader, uploadId);
  const reply = await redis.run(async (client): Promise<Texts> => {
    if (asking === undefined) return [await client.get(key), null];
    const sessionAt = sessionKey({ tenant, owner, session: asking });
    if (!shareSlot(reader, uploadId)) return Promise.all([client.get(key), client.get(sessionAt)]);
    const [status = null, session = null] = await client.mget(key, sessionAt);
    return [status, session];
  });
  if (reply.kind === 'answered') return reply.value;
  // Another type under our key is garbage too.
  const isOther = reply.kind === 'refused' && reply.error.message.startsWith('WRONGTYPE');
  return isOther ? ['', null] : undefined;
};

export const createStatusDeskOn = (redis: BoundedRedis, clock: Clock): StatusDesk => {
  const lookAt = async (reader: Principal, uploadId: string): Promise<Look> => {
    const { tenant, owner } = reader;
    const texts = await readBoth(redis, reader, uploadId);
    if (texts === undefined) return { found: 'unavailable', session: 'missing' };
    const seen: SeenSession = seenIn(texts[1]);
    if (texts[0] === null) return { found: 'missing', session: seen };
    const ref = { tenant, owner: ownerOf(uploadId, owner), uploadId };
    const entry = entryOf(texts[0], ref, clock.now());
    // Garbage under our key: away with it, the state fills the place again.
    if (entry === undefined) {
      await redis.run((client) => client.del(readUploadKey(reader, uploadId)));
    }
    return { found: entry ?? 'missing', session: seen };
  };
  return { look: lookAt };
};
