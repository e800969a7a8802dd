/** What one file costs the Redis server, and what it holds of a file that is under way. */

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { openRedis } from '../test/support/redis.ts';
import { createBullMqPipeline } from './coordination/bullmq.ts';
import { createOwnPipeline } from './coordination/ours.ts';
import { countCommands, createRedisMeter, type RedisCost } from './coordination/redis-cost.ts';
import type { Bench, Measured } from './harness/bench.ts';
import { installPeer, peerVersion } from './harness/peers.ts';

const FILES = 2_000;
const WARM_UP = 200;
const IN_FLIGHT = 1_000;
const WIDTH = 4;

interface Cost extends RedisCost {
  readonly bytesPerWaitingFile: number;
}

const measureOurs = async (): Promise<Cost> => {
  const redis = await openRedis({ own: true });
  const sent = countCommands(Redis);
  const own = createOwnPipeline(redis.url);
  const meter = await createRedisMeter(redis.url, sent);
  const run = async (prefix: string, files: number) => {
    for (let file = 0; file < files; file += 1) own.add(`${prefix}${file}`);
    return own.drain(WIDTH);
  };
  try {
    await run('warm', WARM_UP);
    const cost = await meter.costOf(() => run('file', FILES));
    const before = await meter.storedBytes();
    for (let file = 0; file < FILES; file += 1) own.add(`waiting${file}`);
    await own.ingestAll(WIDTH);
    const bytesPerWaitingFile = ((await meter.storedBytes()) - before) / FILES;
    // One look by the meter is a command of this client class too.
    return { ...cost, commands: cost.commands - 1, bytesPerWaitingFile };
  } finally {
    own.close();
    meter.close();
    await redis.close();
  }
};

const measureTheirs = async (): Promise<Cost> => {
  const redis = await openRedis({ own: true });
  const folder = await installPeer('bullmq');
  const { Redis: TheirRedis } = createRequire(join(folder, 'node_modules/bullmq/package.json'))(
    'ioredis',
  );
  const sent = countCommands(TheirRedis);
  const peer = await createBullMqPipeline(redis.url);
  const meter = await createRedisMeter(redis.url, sent);
  try {
    await peer.run(WARM_UP, IN_FLIGHT);
    const cost = await meter.costOf(() => peer.run(FILES, IN_FLIGHT));
    const before = await meter.storedBytes();
    await peer.addOnly(FILES);
    return { ...cost, bytesPerWaitingFile: ((await meter.storedBytes()) - before) / FILES };
  } finally {
    await peer.close();
    meter.close();
    await redis.close();
  }
};

export const bench: Bench = {
  name: 'redis-cost',
  about:
    `What ${FILES.toLocaleString('en')} of the files of \`coordination\` cost the Redis server, per file: commands as clients send them, how often the ` +
    'server had to read from a socket, bytes, CPU, and the memory that a file under way takes there.',
  async run() {
    const ours = await measureOurs();
    const theirs = await measureTheirs();
    const row = (
      what: string,
      unit: string,
      figureOf: (cost: Cost) => number,
      target?: Measured['target'],
    ): Measured => ({
      case: what,
      unit,
      better: 'less',
      ours: figureOf(ours),
      peer: { name: peerVersion('bullmq'), value: figureOf(theirs) },
      target,
    });
    return [
      row('commands per file', '', ({ commands }) => commands / FILES, { of: 'ours', value: 6 }),
      row('socket reads per file', '', ({ reads }) => reads / FILES, { of: 'ours', value: 0.6 }),
      row('bytes in per file', 'B', ({ bytesIn }) => bytesIn / FILES),
      row('server CPU per file', 'µs', ({ cpuSeconds }) => (cpuSeconds / FILES) * 1e6, {
        of: 'ratio',
        value: 10,
      }),
      row('memory per file under way', 'B', (cost) => cost.bytesPerWaitingFile, {
        of: 'ours',
        value: 600,
      }),
    ];
  },
};
