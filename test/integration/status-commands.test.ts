/** What a poll costs: the function as it is deployed, its session and its status in a real Redis, counted by the server. */
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createMemoryClock } from '../../shared/adapters/memory/memory-clock.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { createRedisSessionCache } from '../../shared/adapters/redis/redis-session-cache.ts';
import { createRedisStatusBell } from '../../shared/adapters/redis/redis-status-bell.ts';
import {
  createStatusBoardOn,
  createStatusDeskOn,
} from '../../shared/adapters/redis/redis-status-board.ts';
import { documentOf } from '../../shared/domain/status.ts';
import { createSessionVerifier } from '../../shared/usecases/verify-session.ts';
import { httpEvent, invocation } from '../support/envelopes.ts';
import { awaiting, processing, UPLOAD_ID } from '../support/factories.ts';
import { createFunctions } from '../support/functions.ts';
import { countingCommands, openRedis, PATIENT_MS, type TestRedis } from '../support/redis.ts';
import { createSessionWorld } from '../support/session-world.ts';

let redis: TestRedis;
let raw: Redis;
beforeAll(async () => {
  redis = await openRedis({ cluster: true });
  raw = new Redis(redis.url);
});
afterAll(async () => {
  raw?.disconnect();
  await redis?.close();
});

interface Answer {
  readonly statusCode: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

const setup = async () => {
  const clock = createMemoryClock();
  const clients = [createRedisClient(redis.url), createRedisClient(redis.url)] as const;
  const [asking, listening] = clients.map((client) =>
    // Far from what a busy test machine needs for one command.
    createBoundedRedis({ client, logger: sessions.logger, clock, commandMs: PATIENT_MS }),
  );
  const board = createStatusBoardOn(asking!, clock);
  const verifier = createSessionVerifier({
    ...sessions,
    clock,
    sessionCache: createRedisSessionCache(asking!),
  });
  const functions = await createFunctions({
    clock,
    sessions: verifier,
    board: () => board,
    desk: () => createStatusDeskOn(asking!, clock),
    bell: () => createRedisStatusBell({ client: clients[1], redis: listening! }),
  });
  const { token } = await sessions.startSession('acme', 'ann');
  const poll = async (
    headers: Record<string, string> = {},
    id = UPLOAD_ID,
    query: Record<string, string> = {},
  ) =>
    (await functions.invoke['get-upload']!(
      httpEvent({
        headers: { authorization: `Bearer ${token}`, ...headers },
        pathParameters: { id },
        query,
      }),
      invocation(),
    )) as Answer;
  const stop = () => {
    for (const client of clients) client.disconnect();
  };
  return { ...functions, clock, board, poll, stop };
};

const sessions = createSessionWorld();

describe('a poll', () => {
  it('is one command, session and all, whether something changed or not', async () => {
    const world = await setup();
    await world.board.show(documentOf(processing()));
    expect((await world.poll()).statusCode).toBe(200);

    const calls = await countingCommands(raw);
    const whole = await world.poll();
    const unchanged = await world.poll({ 'if-none-match': whole.headers.etag ?? '' });

    expect([whole.statusCode, unchanged.statusCode]).toEqual([200, 304]);
    expect(await calls()).toEqual({ mget: 2 });
    world.stop();
  });

  it('of an upload that changes seldom stays one command: it was looked after a moment ago', async () => {
    const world = await setup();
    const upload = awaiting({ id: 'upl_quiet' });
    await world.memory.store.put(upload);
    await world.board.show(documentOf(upload));
    world.clock.tick(10 * 60_000);
    const first = await world.poll({}, upload.id);

    const calls = await countingCommands(raw);
    for (let time = 0; time < 5; time += 1) {
      world.clock.tick(5_000);
      expect((await world.poll({}, upload.id)).headers['x-status-source']).toBe('cache');
    }

    expect(first.headers['x-status-source']).toBe('store');
    expect(await calls()).toEqual({ mget: 5 });
    world.stop();
  });

  it('of what another tool dropped into the bucket is two, sent together: they are in two slots', async () => {
    const world = await setup();
    const id = 'obj_0123456789abcdefghjkmnpqrs';
    await world.board.show(documentOf(processing({ id, owner: 'bucket' })));
    await world.poll({}, id);

    const calls = await countingCommands(raw);
    expect((await world.poll({}, id)).statusCode).toBe(200);

    expect(await calls()).toEqual({ get: 2 });
    world.stop();
  });

  it('that waits listens once and looks three times: before, when it listens, and when it rings', async () => {
    const world = await setup();
    const id = 'upl_awaited';
    await world.board.show(documentOf(awaiting({ id })));
    await world.poll({}, id);

    const calls = await countingCommands(raw);
    const waiting = world.poll({ 'if-none-match': '"1"' }, id, { wait: '25' });
    await expect.poll(async () => (await calls()).mget).toBe(2);
    await world.board.show(documentOf(processing({ id })));
    const answer = await waiting;

    expect(answer.statusCode).toBe(200);
    expect(answer.headers.etag).toBe('"2"');
    const { evalsha, eval: evaluated, ...reading } = await calls();
    expect((evalsha ?? 0) + (evaluated ?? 0)).toBeGreaterThan(0);
    expect(reading).toMatchObject({ mget: 3, subscribe: 1 });
    world.stop();
  });
});
