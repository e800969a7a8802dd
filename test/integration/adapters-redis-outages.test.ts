/** The status board when Redis is slow, silent, full, cut off or gone. */
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import { documentOf } from '../../shared/domain/status.ts';
import { awaiting } from '../conformance/upload-store/stories.ts';
import { openRedis, PATIENT_MS, type TestRedis } from '../support/redis.ts';
import { openBoard, shown } from '../support/redis-board.ts';
import { openProxy } from '../support/redis-proxy.ts';

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

  it('C13: hears what came while the process was busy for longer than it waits', async () => {
    const client = createRedisClient(redis.url);
    await client.connect();
    const terms = { logger: createMemoryLogger(), clock: createSystemClock() };
    const bounded = createBoundedRedis({ client, ...terms, commandMs: 50 });
    const busy = (): void => {
      const until = performance.now() + 200;
      while (performance.now() < until);
    };

    for (let times = 0; times < 3; times += 1) {
      const answer = bounded.run((connection) => connection.ping());
      // In the turn in which it is sent, and after that.
      process.nextTick(() => process.nextTick(busy));
      expect(await answer).toEqual({ kind: 'answered', value: 'PONG' });
    }
    client.disconnect();
  });

  it('lets go of a silent connection once, however many wait on it', async () => {
    const proxy = await openProxy(Number(new URL(redis.url).port));
    const { close, board, desk, redis: bounded } = openBoard(proxy.url);
    const { find } = await shown({ board, desk });
    const reply = await bounded.run(async ({ stream }) => stream);
    if (reply.kind !== 'answered') throw new Error('There is no connection to be silent.');
    const ending = vi.spyOn(reply.value, 'end');
    proxy.swallow(true);

    const answers = await Promise.all(Array.from({ length: 20 }, find));

    expect(new Set(answers)).toEqual(new Set(['unavailable']));
    expect(ending).toHaveBeenCalledTimes(1);
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
