/** Files per second through fan-out → four steps that do nothing → fan-in. */
import { openRedis } from '../test/support/redis.ts';
import { createBullMqPipeline } from './coordination/bullmq.ts';
import { createOwnPipeline } from './coordination/ours.ts';
import type { Bench } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';
import { peerVersion } from './harness/peers.ts';

const FILES = 4_000;
const IN_FLIGHT = 1_000;
/** Invocations at one time; a mapping of ours starts with as many per queue. */
const WIDTH = 20;
const ROUNDS = 3;

export const bench: Bench = {
  name: 'coordination',
  about:
    `${FILES.toLocaleString('en')} files, each fan-out → 4 steps that do nothing → fan-in, through our real handlers (batches of 10, ` +
    'the table and the queues in memory) and through BullMQ’s flows; one process, one real Redis each.',
  async run() {
    const [ownRedis, peerRedis] = [await openRedis({ own: true }), await openRedis({ own: true })];
    const own = createOwnPipeline(ownRedis.url);
    const peer = await createBullMqPipeline(peerRedis.url);
    try {
      let round = 0;
      const figures = await alternating(
        ROUNDS,
        async () => {
          round += 1;
          for (let file = 0; file < FILES; file += 1) own.add(`r${round}f${file}`);
          let ended = 0;
          const seconds = await secondsOf(async () => {
            ended = await own.drain(WIDTH);
          });
          if (ended !== FILES) throw new Error(`${ended} of ${FILES} files ended.`);
          return FILES / seconds;
        },
        async () => FILES / (await secondsOf(() => peer.run(FILES, IN_FLIGHT))),
      );
      return [
        {
          case: 'files per second',
          unit: 'files/s',
          better: 'more',
          ours: figures.ours,
          peer: { name: peerVersion('bullmq'), value: figures.peer },
          target: { of: 'ratio', value: 10 },
        },
      ];
    } finally {
      own.close();
      await peer.close();
      await Promise.all([ownRedis.close(), peerRedis.close()]);
    }
  },
};
