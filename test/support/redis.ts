/** A real Redis for tests: that of REDIS_URL, else one of our own on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { findFreePorts } from '../../local/ports.ts';
import { type LocalRedis, startRedis } from '../../local/redis.ts';

/** For `commandMs`: far from what a busy test machine needs for one command. */
export const PATIENT_MS = 5_000;

export interface TestRedis extends LocalRedis {
  /** The URL that was there before us, if any: then nobody may flush, pause or kill it. */
  readonly isOurs: boolean;
}

const LAST_SLOT = 16_383;

/** A cluster of one, which owns every slot and refuses what would not work on more. */
const takeAllSlots = async (url: string): Promise<void> => {
  const raw = new Redis(url);
  await raw.cluster('ADDSLOTSRANGE', 0, LAST_SLOT);
  while (!(await raw.cluster('INFO')).includes('cluster_state:ok')) await delay(20);
  raw.disconnect();
};

export interface OpenRedisOptions {
  /** A server that the test may hurt, whatever REDIS_URL says. */
  readonly own?: boolean;
  /** One in cluster mode; always our own. */
  readonly cluster?: boolean;
}

export const openRedis = async ({
  own = false,
  cluster = false,
}: OpenRedisOptions = {}): Promise<TestRedis> => {
  const { REDIS_URL, ...environment } = process.env;
  const external = own || cluster ? undefined : REDIS_URL;
  const dir = await mkdtemp(join(tmpdir(), 'adapters-redis-'));
  const { redis: port, page: clusterPort } = await findFreePorts();
  const redis = await startRedis({
    port,
    dir,
    keep: false,
    environment: external ? { ...environment, REDIS_URL: external } : environment,
    ...(cluster ? { clusterPort } : {}),
  });
  if (cluster) await takeAllSlots(redis.url);
  return {
    ...redis,
    isOurs: !external,
    close: async () => {
      await redis.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};

/** Which commands the server gets from clients from now on, by name; what scripts call in turn is not counted. */
export const countingCommands = async (
  raw: Redis,
): Promise<() => Promise<Record<string, number>>> => {
  const calls = async (): Promise<Record<string, number>> => {
    const lines = (await raw.info('commandstats')).matchAll(/cmdstat_([\w|]+):calls=(\d+)/g);
    return Object.fromEntries([...lines].map(([, name = '', count]) => [name, Number(count)]));
  };
  const before = await calls();
  return async () => {
    const made = Object.entries(await calls()).map(([name, count]): [string, number] => [
      name,
      count - (before[name] ?? 0),
    ]);
    return Object.fromEntries(made.filter(([name, count]) => count > 0 && name !== 'info'));
  };
};
