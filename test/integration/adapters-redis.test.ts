/** The status board in a real Redis: its promises, and everything Redis may do to it. */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { LONGEST_LEASE_MS } from '../../shared/adapters/board-terms.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { leaseKey, uploadKey } from '../../shared/adapters/redis/keys.ts';
import { createRedisGroupBoard } from '../../shared/adapters/redis/redis-group-board.ts';
import { createRedisStatusBell } from '../../shared/adapters/redis/redis-status-bell.ts';
import {
  createStatusBoardOn,
  createStatusDeskOn,
} from '../../shared/adapters/redis/redis-status-board.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import { documentOf, type StatusDocument } from '../../shared/domain/status.ts';
import { describeGroupBoard, groupDocumentOf } from '../conformance/group-board.ts';
import { describeStatusBoard } from '../conformance/status-board.ts';
import { awaiting, processing } from '../conformance/upload-store.ts';
import { countingCommands, openRedis, type TestRedis } from '../support/redis.ts';

const clock = createSystemClock();
/** Far from what a busy test machine needs for one command. */
const PATIENT_MS = 5_000;

const openBoard = (url: string, commandMs?: number) => {
  const logs = createMemoryLogger();
  const client = createRedisClient(url);
  const listening = createRedisClient(url);
  const terms = { logger: logs, clock, commandMs };
  const redis = createBoundedRedis({ client, ...terms });
  const ear = createBoundedRedis({ client: listening, ...terms });
  return {
    logs,
    redis,
    board: createStatusBoardOn(redis, clock),
    desk: createStatusDeskOn(redis, clock),
    bell: createRedisStatusBell({ client: listening, redis: ear }),
    close() {
      client.disconnect();
      listening.disconnect();
    },
  };
};

describe.each([
  ['Redis', false],
  ['Redis in cluster mode', true],
])('%s', (name, cluster) => {
  describeStatusBoard(name, async () => {
    const redis = await openRedis({ cluster });
    const { board, desk, bell, close } = openBoard(redis.url, PATIENT_MS);
    return {
      ...{ board, desk, bell },
      now: clock.now,
      async close() {
        close();
        await redis.close();
      },
    };
  });
});

const openGroupBoard = async () => {
  const redis = await openRedis();
  const client = createRedisClient(redis.url);
  const logger = createMemoryLogger();
  const board = createRedisGroupBoard(
    createBoundedRedis({ client, logger, clock, commandMs: PATIENT_MS }),
  );
  return {
    client,
    board,
    async close() {
      client.disconnect();
      await redis.close();
    },
  };
};

describeGroupBoard('Redis', openGroupBoard);

it('C15: garbage under the key of a group is nothing, and makes room for what is right', async () => {
  const { client, board, close } = await openGroupBoard();
  const key = 'g:{acme/grp_1}';
  try {
    await client.connect();
    for (const spoil of [
      () => client.hset(key, 'rev', 1e15, 'doc', '{"tenant":"acme"'),
      () => client.hset(key, 'rev', 1e15, 'doc', JSON.stringify(groupDocumentOf('grp_2', 1))),
      () => client.set(key, 'text'),
    ]) {
      await client.del(key);
      await spoil();

      expect(await board.findGroup('acme', 'grp_1')).toBe('missing');
      expect(await board.showGroup(groupDocumentOf('grp_1', 7))).toBe('shown');
      expect(await board.findGroup('acme', 'grp_1')).toMatchObject({ status: { rev: 7 } });
      expect(await client.pttl(key)).toBeGreaterThan(0);
    }
  } finally {
    await close();
  }
});

it('C15: a lease that nobody of ours can hold is taken, and one of ours is not', async () => {
  const redis = await openRedis();
  const { board, close } = openBoard(redis.url, PATIENT_MS);
  const client = createRedisClient(redis.url);
  const key = 'upl/1/step';
  const at = leaseKey({ key });
  const claim = (token: string) => board.claim({ key, token, seconds: 60 });
  try {
    await client.connect();
    for (const spoil of [
      () => client.set(at, 'nobody'),
      () => client.set(at, 'nobody', 'PX', LONGEST_LEASE_MS + 10_000),
      () => client.hset(at, 'holder', 'nobody'),
    ]) {
      await client.del(at);
      await spoil();

      expect(await claim('a')).toBe('claimed');
      expect(await claim('b')).toBe('held');
      expect(await client.pttl(at)).toBeLessThanOrEqual(60_000);
    }
  } finally {
    client.disconnect();
    close();
    await redis.close();
  }
});

const keyOf = ({ tenant, owner, status }: StatusDocument): string =>
  uploadKey({ tenant, owner, uploadId: status.id });

/** A way to Redis that can be cut, or made to swallow everything. */
const openProxy = async (targetPort: number) => {
  const sockets = new Set<Socket>();
  let isSwallowing = false;
  const server = createServer((near) => {
    const far = connect(targetPort, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
      from.on('data', (chunk) => {
        if (!isSwallowing) to.write(chunk);
      });
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
    sockets.clear();
  };
  return {
    url: `redis://127.0.0.1:${(server.address() as AddressInfo).port}`,
    connections: () => sockets.size,
    cut,
    swallow(swallowing: boolean) {
      isSwallowing = swallowing;
    },
    close() {
      cut();
      server.close();
    },
  };
};

describe('status board: when Redis misbehaves', () => {
  let redis: TestRedis;
  let raw: Redis;
  beforeAll(async () => {
    redis = await openRedis({ own: true });
    raw = new Redis(redis.url);
    raw.on('error', () => undefined);
  });
  afterAll(async () => {
    raw.disconnect();
    await redis.close();
  });

  const shown = async ({ board, desk }: Pick<ReturnType<typeof openBoard>, 'board' | 'desk'>) => {
    const document = documentOf(processing());
    expect(await board.show(document)).toBe('shown');
    const find = async () => (await desk.look(document, document.status.id)).found;
    return { document, key: keyOf(document), find };
  };

  it('needs one command for a poll', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { find } = await shown({ board, desk });
    const calls = await countingCommands(raw);
    await find();
    expect(await calls()).toEqual({ get: 1 });
    close();
  });

  it('gives every key an end: days while it lives, a day after', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { document, key } = await shown({ board, desk });
    const hours = async () => Math.round((await raw.pttl(key)) / 3_600_000);
    expect(await hours()).toBe(7 * 24);
    const status = { ...document.status, rev: 9, state: 'completed' } as const;
    await board.show({ ...document, status });
    expect(await hours()).toBe(24);
    await board.claim({ key: 'some', token: 'a', seconds: 30 });
    expect(await raw.pttl('l:{some}')).toBeGreaterThan(20_000);
    for (const left of await raw.keys('*')) expect(await raw.pttl(left), left).toBeGreaterThan(0);
    close();
  });

  it('takes garbage away and says that nothing is there', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const part = (key: string, change: (text: string) => string) => async () =>
      raw.set(key, change((await raw.get(key)) ?? ''));
    const spoil: readonly ((key: string) => Promise<unknown>)[] = [
      (key) => part(key, (text) => text.slice(0, -1))(),
      (key) => part(key, (text) => text.replace('digest', 'profile'))(),
      (key) => part(key, (text) => text.replace('S2 ', 'S9 '))(),
      (key) => part(key, (text) => text.replace(' processing ', ' nonsense '))(),
      (key) => part(key, (text) => text.replace('\n', ' 7\n'))(),
      (key) => part(key, (text) => text.replace(/:\d+;/, ':7;'))(),
      (key) => part(key, (text) => `${text.slice(0, text.indexOf('\n'))}\n\n\n{}`)(),
      (key) => raw.set(key, '{"tenant":"dev","owner":"a","status":{"id":7}}'),
      (key) => raw.set(key, 'S2'),
      (key) => raw.set(key, '\n\n\n'),
      (key) => raw.set(key, 'x'.repeat(2_000_000)),
      (key) => raw.set(key, Buffer.from([0xff, 0x00, 0xfe])),
    ];
    for (const spoiling of spoil) {
      const { document, key, find } = await shown({ board, desk });
      await spoiling(key);
      expect(await find(), String(spoiling)).toBe('missing');
      expect(await raw.exists(key)).toBe(0);
      expect(await board.show(document)).toBe('shown');
      expect(await find()).toMatchObject({ marks: {} });
    }
    close();
  });

  it('ignores marks that nobody of us wrote', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { key, find } = await shown({ board, desk });
    const [head, , ...rest] = ((await raw.get(key)) ?? '').split('\n');
    const marks = 'digest=NaN:1:1;=1:2:3;x=y;profile=1:1;;=;digest';
    await raw.set(key, [head, marks, ...rest].join('\n'));
    expect(await find()).toMatchObject({ ready: {}, marks: {} });
    close();
  });

  it('writes no mark for an upload that is not shown, and keeps none of an earlier generation', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const unseen = documentOf(awaiting());
    const markOf = ({ tenant, owner, status }: typeof unseen) => ({
      tenant,
      owner,
      uploadId: status.id,
      generation: status.generation,
      startedAt: Date.now(),
      attempt: 1,
      steps: ['digest'],
    });
    await board.mark(markOf(unseen));
    expect(await raw.exists(keyOf(unseen))).toBe(0);

    const { document, key } = await shown({ board, desk });
    await board.mark(markOf(document));
    expect(await raw.get(key)).toContain('\ndigest=1:');
    await board.show({ ...document, status: { ...document.status, rev: 9, generation: 2 } });
    expect(await raw.get(key)).not.toContain('digest=');
    close();
  });

  it('shows no document that is about another upload or tenant than its key', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { document, key, find } = await shown({ board, desk });
    const others = [
      { ...document, tenant: 'other' },
      { ...document, owner: 'other' },
      { ...document, status: { ...document.status, id: 'upl_other' } },
    ];
    for (const other of others) {
      await board.show(other);
      await raw.copy(keyOf(other), key, 'REPLACE');
      expect(await find()).toBe('missing');
    }
    close();
  });

  it('shows over a key of another type', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const document = documentOf(awaiting());
    const { tenant, owner, status } = document;
    const mark = { tenant, owner, uploadId: status.id, generation: 1, startedAt: 1, attempt: 1 };
    await raw.rpush(keyOf(document), 'not ours');
    await board.mark({ ...mark, steps: ['digest'] });
    expect(await desk.look(document, status.id)).toMatchObject({ found: 'missing' });
    expect(await board.show(document)).toBe('shown');
    expect(await desk.look(document, status.id)).toMatchObject({ found: { marks: {} } });
    close();
  });

  it('misses what was flushed, scripts included, and shows again', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { document, find } = await shown({ board, desk });
    await raw.flushall();
    await raw.script('FLUSH');
    expect(await find()).toBe('missing');
    expect(await board.show(document)).toBe('shown');
    close();
  });

  it('finds out on the next command that the connection was cut, and is there at once', async () => {
    const proxy = await openProxy(Number(new URL(redis.url).port));
    const { close, board, desk } = openBoard(proxy.url, PATIENT_MS);
    const { find } = await shown({ board, desk });
    proxy.cut();
    expect(await find()).toMatchObject({ marks: {} });
    close();
    proxy.close();
  });

  it('answers in time when Redis swallows everything, and stops asking after a few times', async () => {
    const proxy = await openProxy(Number(new URL(redis.url).port));
    const { close, board, desk, logs } = openBoard(proxy.url);
    const { find } = await shown({ board, desk });
    proxy.swallow(true);

    const startedAt = performance.now();
    const answers = [];
    for (let poll = 0; poll < 40; poll += 1) answers.push(await find());
    const took = performance.now() - startedAt;

    expect(new Set(answers)).toEqual(new Set(['unavailable']));
    // Forty waits would be more than ten seconds; three are about one.
    expect(took).toBeLessThan(8_000);
    expect(logs.lines().filter(({ level }) => level === 'warn')).toHaveLength(1);
    close();
    proxy.close();
  });

  it('connects before it is asked, and throws nothing when it cannot', async () => {
    const clock = createSystemClock();
    const early = [redis.url, 'redis://127.0.0.1:1'].map((url) => {
      const client = createRedisClient(url);
      createBoundedRedis({ client, logger: createMemoryLogger(), clock }).open();
      return client;
    });
    await expect.poll(() => early.map(({ status }) => status)).toEqual(['ready', 'end']);
    for (const client of early) client.disconnect();
  });

  it('is back after an outage', async () => {
    const proxy = await openProxy(Number(new URL(redis.url).port));
    const { close, board, desk } = openBoard(proxy.url);
    const { find } = await shown({ board, desk });
    proxy.swallow(true);
    for (let poll = 0; poll < 5; poll += 1) await find();
    proxy.swallow(false);
    const deadline = Date.now() + 15_000;
    let answer = await find();
    while (answer === 'unavailable' && Date.now() < deadline) {
      await delay(100);
      answer = await find();
    }
    expect(answer).toMatchObject({ marks: {} });
    close();
    proxy.close();
  });

  it('answers in time when there is no Redis, for every method, and throws nothing', async () => {
    const { close, board, desk, bell } = openBoard('redis://127.0.0.1:1');
    const document = documentOf(awaiting());
    const { tenant, owner, status } = document;
    const lease = { key: 'k', token: 't', seconds: 1 };
    const mark = {
      tenant,
      owner,
      uploadId: status.id,
      generation: 0,
      startedAt: 0,
      attempt: 1,
      steps: [],
    };
    expect(await board.show(document)).toBe('unavailable');
    expect((await desk.look(document, status.id)).found).toBe('unavailable');
    expect(await bell.listen(mark)).toBeUndefined();
    expect(await board.claim(lease)).toBe('unavailable');
    expect(await board.mark(mark)).toBeUndefined();
    expect(await board.release(lease)).toBeUndefined();
    close();
  });

  it('is unavailable for writing, not for reading, when the memory is full', async () => {
    const { close, board, desk, logs } = openBoard(redis.url, PATIENT_MS);
    const { document, find } = await shown({ board, desk });
    await raw.config('SET', 'maxmemory', '1');
    for (let round = 0; round < 5; round += 1) {
      expect(await board.show(document)).toBe('unavailable');
    }
    expect(await find()).toMatchObject({ marks: {} });
    await raw.config('SET', 'maxmemory', '0');
    expect(logs.text()).toContain('OOM');
    close();
  });

  it('survives that the server is killed and comes back empty', async () => {
    const { close, board, desk } = openBoard(redis.url, PATIENT_MS);
    const { find } = await shown({ board, desk });
    await redis.restart();
    const deadline = Date.now() + 15_000;
    let answer = await find();
    while (answer === 'unavailable' && Date.now() < deadline) {
      await delay(100);
      answer = await find();
    }
    expect(answer).toBe('missing');
    close();
  });
});
