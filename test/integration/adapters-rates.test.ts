/** The rate limiter in a real Redis, and what is left of it without one. The buckets here fill so slowly that no test has to hurry. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createLocalRateLimiter } from '../../shared/adapters/local-rate-limiter.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { createRedisRateLimiter } from '../../shared/adapters/redis/redis-rate-limiter.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import type { RateLimiter } from '../../shared/ports/rate-limiter.ts';
import { openRedis, PATIENT_MS, type TestRedis } from '../support/redis.ts';

const clock = createSystemClock();
const SLOW = { perSecond: 0.001, burst: 5 };
const rates = { requests: SLOW, polls: SLOW };

const open = (url: string) => {
  const client = createRedisClient(url);
  const logger = createMemoryLogger();
  const redis = createBoundedRedis({ client, logger, clock, commandMs: PATIENT_MS });
  return { client, limiter: createRedisRateLimiter(redis, { rates, clock }) };
};

const allowedOf = async (limiter: RateLimiter, tenant: string, count: number): Promise<number> => {
  const answers = await Promise.all(
    Array.from({ length: count }, () => limiter.take(tenant, 'requests')),
  );
  return answers.filter(({ isAllowed }) => isAllowed).length;
};

describe('how often a tenant may ask', () => {
  let server: TestRedis;
  let raw: Redis;
  beforeAll(async () => {
    server = await openRedis();
    raw = new Redis(server.url);
  });
  afterAll(async () => {
    raw?.disconnect();
    await server?.close();
  });

  it.each(['memory', 'Redis'])('is a full bucket for each tenant and kind (%s)', async (name) => {
    const { client, limiter } = open(server.url);
    const subject = name === 'Redis' ? limiter : createLocalRateLimiter({ rates, clock });
    const [noisy, quiet] = [randomUUID(), randomUUID()];

    expect(await subject.take(noisy, 'requests')).toEqual({
      isAllowed: true,
      remaining: 4,
      waitMs: 0,
      rate: SLOW,
    });
    expect(await allowedOf(subject, noisy, 20)).toBe(4);
    const refused = await subject.take(noisy, 'requests');
    expect(refused).toMatchObject({ isAllowed: false, remaining: 0 });
    expect(refused.waitMs).toBeGreaterThan(0);
    expect(refused.waitMs).toBeLessThanOrEqual(1_000_000);
    expect(await allowedOf(subject, quiet, 5)).toBe(5);
    expect(await subject.take(noisy, 'polls')).toMatchObject({ isAllowed: true });
    client.disconnect();
  });

  it('is one bucket for all who ask Redis', async () => {
    const [one, other] = [open(server.url), open(server.url)];
    const tenant = randomUUID();

    const allowed = await Promise.all([
      allowedOf(one.limiter, tenant, 10),
      allowedOf(other.limiter, tenant, 10),
    ]);

    expect((allowed[0] ?? 0) + (allowed[1] ?? 0)).toBe(5);
    one.client.disconnect();
    other.client.disconnect();
  });

  it('is forgotten by Redis when the bucket is full again anyway', async () => {
    const { client, limiter } = open(server.url);
    const tenant = randomUUID();
    await limiter.take(tenant, 'requests');

    const milliseconds = await raw.pttl(`r:{${tenant}/requests}`);
    expect(milliseconds).toBeGreaterThan(4_000_000);
    expect(milliseconds).toBeLessThanOrEqual(5_001_000);
    client.disconnect();
  });

  it('C15: is no error when there is garbage under its key', async () => {
    const { client, limiter } = open(server.url);
    const tenant = randomUUID();
    await raw.set(`r:{${tenant}/requests}`, 'garbage');

    expect(await limiter.take(tenant, 'requests')).toMatchObject({ isAllowed: true, remaining: 4 });
    await raw.hset(`r:{${tenant}/requests}`, 'tokens', 'NaN?', 'at', 'yesterday');
    expect(await limiter.take(tenant, 'requests')).toMatchObject({ isAllowed: true });
    client.disconnect();
  });

  it('costs a poll no command', async () => {
    const { client, limiter } = open(server.url);
    const tenant = randomUUID();

    await limiter.take(tenant, 'polls');

    expect(await raw.exists(`r:{${tenant}/polls}`)).toBe(0);
    client.disconnect();
  });

  it('C13: is counted by the sandbox itself while Redis is away, and never an error', async () => {
    const { client, limiter } = open('redis://127.0.0.1:1');
    const tenant = randomUUID();

    expect(await allowedOf(limiter, tenant, 20)).toBe(5);
    client.disconnect();
  });
});
