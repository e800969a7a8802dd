/** A real Redis for tests: that of REDIS_URL, else one of our own on a free port. */
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LocalRedis, startRedis } from '../../local/redis.ts';

const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

export interface TestRedis extends LocalRedis {
  /** The URL that was there before us, if any: then nobody may flush, pause or kill it. */
  readonly isOurs: boolean;
}

/** `own` asks for a server that the test may hurt, whatever REDIS_URL says. */
export const openRedis = async ({ own = false } = {}): Promise<TestRedis> => {
  const { REDIS_URL, ...environment } = process.env;
  const external = own ? undefined : REDIS_URL;
  const dir = await mkdtemp(join(tmpdir(), 'adapters-redis-'));
  const redis = await startRedis({
    port: await freePort(),
    dir,
    keep: false,
    environment: external ? { ...environment, REDIS_URL: external } : environment,
  });
  return {
    ...redis,
    isOurs: !external,
    close: async () => {
      await redis.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
};
