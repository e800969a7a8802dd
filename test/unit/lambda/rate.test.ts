/** How often a tenant may ask, and what its neighbours notice of a flood. */
import { describe, expect, it } from 'vitest';
import { createLocalRateLimiter } from '../../../shared/adapters/local-rate-limiter.ts';
import { createMemoryClock } from '../../../shared/adapters/memory/memory-clock.ts';
import { createMemoryLogger } from '../../../shared/adapters/memory/memory-logger.ts';
import { rateOf, takeToken } from '../../../shared/domain/rate.ts';
import { createHttpHandler, createTenantHttpHandler } from '../../../shared/lambda/http.ts';
import type { Caller } from '../../../shared/ports/session-verifier.ts';
import { httpEvent, invocation } from '../../support/envelopes.ts';

const setup = (requests = 2, polls = 4) => {
  const clock = createMemoryClock();
  const revoked = new Set<string>();
  const callerOf = (token: string): Caller => ({
    tenant: token,
    owner: 'ann',
    confirm: async () => !revoked.has(token),
  });
  const deps = {
    logger: createMemoryLogger(),
    sessions: {
      identify: async (token: string) => callerOf(token),
      verify: async (token: string) => ({ tenant: token, owner: 'ann' }),
    },
    authorizeTenant: async (apiKey: string | undefined) => String(apiKey),
    rates: createLocalRateLimiter({
      rates: { requests: rateOf(requests), polls: rateOf(polls) },
      clock,
    }),
  };
  const handlers = {
    session: createHttpHandler(deps, async () => ({ status: 200 })),
    tenant: createTenantHttpHandler(deps, async () => ({ status: 200 })),
  };
  const ask = async (token: string, method = 'POST', kind: keyof typeof handlers = 'session') => {
    const headers = { authorization: `Bearer ${token}` };
    const answer = await handlers[kind](httpEvent({ method, headers }), invocation());
    return { status: answer.statusCode, headers: answer.headers ?? {}, body: answer.body ?? '' };
  };
  /** The statuses of so many requests, one after the other. */
  const flood = async (count: number, ...terms: Parameters<typeof ask>) => {
    const statuses: (number | undefined)[] = [];
    while (statuses.length < count) statuses.push((await ask(...terms)).status);
    return statuses;
  };
  return { clock, revoked, ask, flood };
};

const times = (count: number, status: number) => Array.from({ length: count }, () => status);

describe('a tenant that asks too often', () => {
  it('E16: is answered 429 with how long to wait, and taken again after that', async () => {
    const { clock, ask, flood } = setup();

    expect(await flood(12, 'noisy')).toEqual([...times(10, 200), ...times(2, 429)]);
    const refused = await ask('noisy');

    expect(refused.headers).toMatchObject({
      'content-type': 'application/problem+json',
      'retry-after': '1',
      ratelimit: '"requests";r=0;t=1',
      'ratelimit-policy': '"requests";q=10;w=5',
    });
    expect(JSON.parse(refused.body)).toMatchObject({ code: 'too_many_requests', status: 429 });
    clock.tick(Number(refused.headers['retry-after']) * 1000);
    expect(await flood(3, 'noisy')).toEqual([200, 200, 429]);
  });

  it('E16: leaves the answers of another tenant as they are', async () => {
    const { flood } = setup();
    await flood(500, 'noisy');

    expect(await flood(10, 'quiet')).toEqual(times(10, 200));
    expect(await flood(1, 'noisy')).toEqual([429]);
  });

  it('may go on to read: polls have a larger bucket of their own', async () => {
    const { flood } = setup();
    await flood(50, 'noisy');

    expect(await flood(21, 'noisy', 'GET')).toEqual([...times(20, 200), 429]);
  });

  it('is counted with its API key as with its sessions', async () => {
    const { flood } = setup();

    expect(await flood(11, 'noisy', 'POST', 'tenant')).toEqual([...times(10, 200), 429]);
    expect(await flood(1, 'noisy')).toEqual([429]);
  });

  it('is not counted for a session that was revoked', async () => {
    const { revoked, flood } = setup();
    revoked.add('noisy');
    expect(await flood(50, 'noisy')).toEqual(times(50, 401));
    revoked.clear();

    expect(await flood(10, 'noisy')).toEqual(times(10, 200));
  });

  it('does not exist where the rate is 0', async () => {
    const { flood } = setup(0, 0);

    expect(await flood(500, 'anybody')).toEqual(times(500, 200));
  });
});

describe('a bucket', () => {
  const rate = rateOf(2);

  it('is full at first, and never fuller', () => {
    expect(takeToken(undefined, rate, 0).taken).toEqual({
      isAllowed: true,
      remaining: 9,
      waitMs: 0,
    });
    expect(takeToken({ tokens: 3, at: 0 }, rate, 3_600_000).taken.remaining).toBe(9);
  });

  it('says how long the next token takes, and loses none by asking in vain', () => {
    const empty = { tokens: 0.5, at: 1_000 };

    const { bucket, taken } = takeToken(empty, rate, 1_000);

    expect(taken).toEqual({ isAllowed: false, remaining: 0, waitMs: 250 });
    expect(takeToken(bucket, rate, 1_250).taken.isAllowed).toBe(true);
  });

  it('gets nothing from a clock that goes back', () => {
    const { bucket } = takeToken({ tokens: 0, at: 10_000 }, rate, 0);

    expect(bucket).toEqual({ tokens: 0, at: 10_000 });
  });
});
