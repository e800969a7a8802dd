/** What goes wrong, chosen by the seed: each nemesis hurts for a while and then puts right what it did. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { Journal } from './journal.ts';
import { type ChaosStack, VISIBILITY_SECONDS } from './stack.ts';

export interface Arena {
  readonly stack: ChaosStack;
  readonly random: SeededRandom;
  readonly journal: Journal;
  /** Aborted when the chaos is over. */
  readonly over: AbortSignal;
}

type Nemesis = (arena: Arena) => Promise<void>;

/** Sleeps, but not into the peace. */
const rest = async (ms: number, over: AbortSignal): Promise<void> => {
  await sleep(ms, undefined, { signal: over }).catch(() => undefined);
};

const withRedis = async ({ stack }: Arena, use: (redis: Redis) => Promise<void>) => {
  const redis = new Redis(stack.redisPort, '127.0.0.1', { retryStrategy: () => null });
  redis.on('error', (error) => stack.log(`nemesis: redis ${error.message}`));
  try {
    await use(redis);
  } finally {
    redis.disconnect();
  }
};

const busyHost = async ({ stack, random, over }: Arena) => {
  while (!over.aborted) {
    const busy = stack.hosts.busy().filter(({ functionKey }) => functionKey !== 'sweep');
    const host = busy[random.below(busy.length)];
    if (host !== undefined) return host;
    await sleep(2);
  }
  return undefined;
};

const killHosts: Nemesis = async (arena) => {
  const { stack, random, journal, over } = arena;
  while (!over.aborted) {
    await rest(1_500 + random.below(4_000), over);
    const host = await busyHost(arena);
    if (host === undefined) return;
    // Somewhere in its work, not always at its start.
    await sleep(random.below(25));
    if (host.busy === undefined) continue;
    stack.hosts.kill(host);
    journal.fault(`SIGKILL ${host.functionKey}`);
  }
};

const stopHosts: Nemesis = async (arena) => {
  const { stack, random, journal, over } = arena;
  while (!over.aborted) {
    await rest(2_000 + random.below(5_000), over);
    const host = await busyHost(arena);
    if (host === undefined) return;
    await sleep(random.below(25));
    if (host.busy === undefined) continue;
    stack.hosts.stop(host);
    journal.fault(`SIGSTOP ${host.functionKey}`);
    await rest(1000 * VISIBILITY_SECONDS + 1_000 + random.below(4_000), over);
    stack.hosts.resume(host);
  }
};

const flush: Nemesis = (arena) =>
  withRedis(arena, async (redis) => {
    for (let times = 0; times < 40 && !arena.over.aborted; times += 1) {
      await redis.flushall();
      arena.journal.fault('Redis FLUSHALL');
      await sleep(100);
    }
  });

const pause: Nemesis = (arena) =>
  withRedis(arena, async (redis) => {
    await redis.call('CLIENT', 'PAUSE', '3000', 'ALL');
    arena.journal.fault('Redis CLIENT PAUSE');
    await rest(3_500, arena.over);
  });

const evict: Nemesis = (arena) =>
  withRedis(arena, async (redis) => {
    const policy = arena.random.chance(0.5) ? 'allkeys-random' : 'noeviction';
    await redis.config('SET', 'maxmemory-policy', policy);
    await redis.config('SET', 'maxmemory', '1mb');
    arena.journal.fault(`Redis maxmemory 1mb ${policy}`);
    await rest(4_000, arena.over);
    await redis.config('SET', 'maxmemory', '0');
  });

const spoil = async (redis: Redis, key: string, random: SeededRandom): Promise<void> => {
  const bytes = Buffer.from(random.id());
  const ways = [
    () => redis.multi().del(key).set(key, bytes).exec(),
    () => redis.multi().del(key).lpush(key, bytes).exec(),
    () => redis.multi().del(key).hset(key, 'rev', '999999', 'doc', bytes).exec(),
    () => redis.multi().del(key).hset(key, 'rev', '1', 'doc', '{"tenant":"dev"}').exec(),
    () => redis.multi().del(key).hset(key, 'doc', 'x'.repeat(1_500_000)).exec(),
  ];
  await ways[random.below(ways.length)]?.();
};

const garbage: Nemesis = (arena) =>
  withRedis(arena, async (redis) => {
    for (let round = 0; round < 8 && !arena.over.aborted; round += 1) {
      const keys = await redis.keys('[ul]:*');
      for (const key of keys.filter(() => arena.random.chance(0.3))) {
        await spoil(redis, key, arena.random);
        arena.journal.fault('Redis garbage under our key');
      }
      await sleep(400);
    }
  });

const oldDump: Nemesis = async (arena) => {
  const { stack, journal, over } = arena;
  await withRedis(arena, async (redis) => {
    await redis.save();
  });
  await rest(4_000, over);
  await stack.redis.restart();
  journal.fault('Redis SIGKILL, restart from old dump');
  await rest(1_000, over);
};

const behindProxy =
  (mode: 'half-open' | 'slow' | 'reset', title: string): Nemesis =>
  async ({ stack, journal, over }) => {
    stack.proxy.set(mode);
    journal.fault(title);
    await rest(3_500, over);
    stack.proxy.set('open');
  };

const REDIS: readonly Nemesis[] = [
  flush,
  pause,
  evict,
  garbage,
  oldDump,
  behindProxy('half-open', 'Redis half-open connections'),
  behindProxy('slow', 'Redis answers 120 ms late'),
  behindProxy('reset', 'Redis connections reset'),
];

/** Every one of them in an order of the seed, again and again, with moments of health between. */
const hurtRedis: Nemesis = async (arena) => {
  const { random, over } = arena;
  let left: Nemesis[] = [];
  while (!over.aborted) {
    if (left.length === 0) left = [...REDIS];
    const [nemesis] = left.splice(random.below(left.length), 1);
    await nemesis?.(arena);
    await rest(500 + random.below(1_500), over);
  }
};

/** Resolves when the chaos is over and everything is put right. */
export const unleash = async (arena: Arena): Promise<void> => {
  await Promise.all([killHosts(arena), stopHosts(arena), hurtRedis(arena)]);
  const { stack } = arena;
  stack.proxy.set('open');
  for (const host of stack.hosts.running()) if (host.stopped) stack.hosts.resume(host);
};
