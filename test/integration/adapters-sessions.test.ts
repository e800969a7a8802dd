/** Sessions, their copies and API keys: memory, DynamoDB and Redis keep the same promises. */
import { randomUUID } from 'node:crypto';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createDynamoApiKeyStore } from '../../shared/adapters/aws/dynamo-api-key-store.ts';
import { createDynamoSessionStore } from '../../shared/adapters/aws/dynamo-session-store.ts';
import { createMemoryLogger } from '../../shared/adapters/memory/memory-logger.ts';
import {
  createMemoryApiKeyStore,
  createMemorySessionCache,
  createMemorySessionStore,
} from '../../shared/adapters/memory/memory-sessions.ts';
import { createBoundedRedis } from '../../shared/adapters/redis/bounded-redis.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { createRedisSessionCache } from '../../shared/adapters/redis/redis-session-cache.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import type { ApiKeyStore } from '../../shared/ports/api-key-store.ts';
import type {
  Session,
  SessionCache,
  SessionHolder,
  SessionStore,
} from '../../shared/ports/session-store.ts';
import { onTable } from '../support/adapter-endpoints.ts';
import { openRedis, PATIENT_MS } from '../support/redis.ts';
import { describeTwins } from '../support/twins.ts';

const T0 = 1_795_000_000_000;

const session = (overrides: Partial<Session> = {}): Session => ({
  issuer: 'urn:sluice:test',
  id: `ses_${randomUUID()}`,
  tenant: 'acme',
  owner: 'ann@example.org',
  createdAt: T0,
  expiresAt: T0 + 1_500,
  ...overrides,
});

interface Stores {
  readonly sessions: SessionStore;
  readonly keys: ApiKeyStore;
}

const openDynamo = onTable((table) => ({
  sessions: createDynamoSessionStore(table),
  keys: createDynamoApiKeyStore(table),
}));

const openMemory = async () => ({
  sessions: createMemorySessionStore(),
  keys: createMemoryApiKeyStore(),
});

describeTwins<Stores>(
  'sessions and API keys: %s',
  { memory: openMemory, DynamoDB: openDynamo },
  (stores) => {
    it('gives back a session as it was kept, to the millisecond', async () => {
      const kept = session();
      await stores().sessions.create(kept);

      expect(await stores().sessions.find(kept)).toEqual(kept);
    });

    it('tells sessions apart by issuer and id', async () => {
      const kept = session({ issuer: 'a#b', id: 'c' });
      await stores().sessions.create(kept);

      expect(await stores().sessions.find({ issuer: 'a', id: 'b#c' })).toBeUndefined();
      expect(await stores().sessions.find({ issuer: 'a#b', id: 'd' })).toBeUndefined();
    });

    it('never makes two sessions of one id', async () => {
      const kept = session();
      await stores().sessions.create(kept);

      await expect(stores().sessions.create({ ...kept, tenant: 'other' })).rejects.toThrow();
      expect(await stores().sessions.find(kept)).toEqual(kept);
    });

    it('revokes for good: the first time counts', async () => {
      const kept = session();
      await stores().sessions.create(kept);

      await stores().sessions.revoke(kept, T0 + 1);
      await stores().sessions.revoke(kept, T0 + 2);

      expect(await stores().sessions.find(kept)).toEqual({ ...kept, revokedAt: T0 + 1 });
    });

    it('E2: keeps as revoked what was never kept before, and the first time counts', async () => {
      const foreign = session({ issuer: 'https://login.example.org/' });

      await stores().sessions.deny(foreign, T0 + 1);
      await stores().sessions.deny(foreign, T0 + 2);

      expect(await stores().sessions.find(foreign)).toEqual({ ...foreign, revokedAt: T0 + 1 });
    });

    it('makes nothing of a session that is not there', async () => {
      const none = session();
      await stores().sessions.revoke(none, T0);

      expect(await stores().sessions.find(none)).toBeUndefined();
    });

    it('keeps, lists and forgets the keys of one tenant', async () => {
      const key = (tenant: string, keyId: string) => ({
        tenant,
        keyId,
        secretSha256: 'a'.repeat(64),
        createdAt: T0,
      });
      for (const one of [key('acme', 'b'), key('acme', 'a'), key('acme-2', 'c')]) {
        await stores().keys.keep(one);
      }

      expect(await stores().keys.list('acme')).toEqual([key('acme', 'a'), key('acme', 'b')]);
      expect(await stores().keys.find('acme', 'a')).toEqual(key('acme', 'a'));
      expect(await stores().keys.find('acme', 'c')).toBeUndefined();
      await stores().keys.forget('acme', 'a');
      await stores().keys.forget('acme', 'a');
      expect(await stores().keys.find('acme', 'a')).toBeUndefined();
      expect(await stores().keys.list('nobody')).toEqual([]);
    });
  },
);

const holder = (): SessionHolder => {
  const { tenant, owner, issuer, id } = session();
  return { tenant, owner, session: { issuer, id } };
};

const openCache = async () => {
  const redis = await openRedis();
  const client = createRedisClient(redis.url);
  const terms = { client, logger: createMemoryLogger(), clock: createSystemClock() };
  const raw = new Redis(redis.url);
  return {
    raw,
    cache: createRedisSessionCache(createBoundedRedis({ ...terms, commandMs: PATIENT_MS })),
    async close() {
      raw.disconnect();
      client.disconnect();
      await redis.close();
    },
  };
};

describeTwins<{ readonly cache: SessionCache }>(
  'copies of sessions: %s',
  { memory: async () => ({ cache: createMemorySessionCache() }), Redis: openCache },
  (opened) => {
    it('keeps a copy, and the first one stays', async () => {
      const kept = holder();
      expect(await opened().cache.find(kept)).toBe('missing');
      await opened().cache.fill(kept, T0);
      await opened().cache.fill(kept, T0 + 1);

      expect(await opened().cache.find(kept)).toEqual({ expiresAt: T0 });
    });

    it('keeps nothing for another tenant, user, issuer or session', async () => {
      const kept = holder();
      await opened().cache.fill(kept, T0);
      const { session: own } = kept;

      for (const other of [
        { ...kept, tenant: 'other' },
        { ...kept, owner: 'bob' },
        { ...kept, session: { ...own, issuer: 'other' } },
        { ...kept, session: { ...own, id: 'other' } },
        { ...kept, session: { issuer: `${own.issuer}/${own.id}`, id: '' } },
      ]) {
        expect(await opened().cache.find(other)).toBe('missing');
      }
    });

    it('writes a revocation over a copy, and never a copy over a revocation', async () => {
      const kept = holder();
      await opened().cache.fill(kept, T0);
      expect(await opened().cache.revoke(kept)).toBe('kept');
      await opened().cache.fill(kept, T0);

      expect(await opened().cache.find(kept)).toBe('revoked');
    });
  },
);

describe('copies of sessions in Redis', () => {
  let opened: Awaited<ReturnType<typeof openCache>>;
  beforeAll(async () => {
    opened = await openCache();
  });
  afterAll(() => opened?.close());

  const keyOf = async ({ session: { id } }: SessionHolder) =>
    (await opened.raw.keys(`*${id}*`)).find((key) => key.startsWith('s:')) ?? '';

  it('live for half a minute, however often they are asked for', async () => {
    const kept = holder();
    await opened.cache.fill(kept, T0);
    await opened.cache.fill(kept, T0);
    const left = await opened.raw.pttl(await keyOf(kept));

    expect(left).toBeGreaterThan(0);
    expect(left).toBeLessThanOrEqual(30_000);
  });

  it('that are not what we wrote are none', async () => {
    const kept = holder();
    await opened.cache.fill(kept, T0);
    const key = await keyOf(kept);

    for (const garbage of ['', '{', '[]', '{"expiresAt":1}', '-1', '1e9', 'x'.repeat(9_999)]) {
      await opened.raw.set(key, garbage);
      expect(await opened.cache.find(kept), garbage.slice(0, 20)).toBe('missing');
    }
    await opened.raw.del(key);
    await opened.raw.lpush(key, 'another type');
    expect(await opened.cache.find(kept)).toBe('missing');
  });

  it('of a Redis that is not there are none, and no call fails', async () => {
    const client = createRedisClient('redis://127.0.0.1:1');
    const clock = createSystemClock();
    const redis = createBoundedRedis({ client, logger: createMemoryLogger(), clock });
    const cache = createRedisSessionCache(redis);
    const kept = holder();

    await cache.fill(kept, T0);
    expect(await cache.revoke(kept)).toBe('unavailable');
    expect(await cache.find(kept)).toBe('missing');
  });
});
