/** What befalls the platform around the invocations: Redis, the queues, and strangers who send to them. */
import type { QueueName } from '../../shared/ports/work-queue.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

const silenceRedis = ({ scheduler, truth, note }: World, at: number, ms: number): void => {
  scheduler.after(at, () => {
    note('redis', 'falls silent', []);
    truth.board.silence(true);
  });
  scheduler.after(at + ms, () => truth.board.silence(false));
};

const flushRedis = ({ scheduler, truth, note }: World, at: number): void => {
  scheduler.after(at, () => {
    note('redis', 'is flushed', []);
    truth.board.flush();
  });
};

/** Redis is at `at` what it will be again at `back`. */
const restoreRedis = (
  { scheduler, truth, ledger, note }: World,
  { at, back }: { readonly at: number; readonly back: number },
): void => {
  scheduler.after(at, () => {
    const dump = truth.board.snapshot();
    scheduler.after(back - at, () => {
      note('redis', 'comes back from an old dump', []);
      truth.board.restore(dump);
      for (const { deletedAt, status } of truth.board.documents()) {
        if (deletedAt === undefined) ledger.shownLive(status.id);
      }
    });
  });
};

export const troubleRedis = (world: World, length: number): void => {
  const { random, faults } = world;
  const someTime = (): number => random.below(Math.min(length, HOUR));
  for (let round = 0; round < 3; round += 1) {
    if (faults.happens('redis-silent')) {
      const ms = random.below(random.chance(0.5) ? MINUTE : 20 * MINUTE);
      silenceRedis(world, someTime(), ms);
    }
    if (faults.happens('redis-flush')) flushRedis(world, someTime());
    if (faults.happens('redis-stale')) {
      const at = someTime();
      restoreRedis(world, { at, back: at + random.below(20 * MINUTE) });
    }
  }
};

/** The same, just when somebody does something that Redis had better know of. */
export const troubleRedisNow = (world: World): void => {
  const { random, faults } = world;
  // Mostly back within the time that an older status is believed: longer, and nobody would be shown it.
  if (faults.happens('redis-silent')) {
    silenceRedis(world, 0, random.below(random.chance(0.7) ? 5_000 : 20 * MINUTE));
  }
  if (faults.happens('redis-flush')) flushRedis(world, random.below(1000));
  if (faults.happens('redis-stale')) {
    restoreRedis(world, { at: 0, back: 1000 + random.below(20 * MINUTE) });
  }
};

export const TROUBLED: readonly QueueName[] = [
  'upload-events',
  'light',
  'heavy',
  'finalize',
  'deletions',
];

export const troubleQueues = (world: World, length: number): void => {
  const { scheduler, random, faults, stores, note, ledger } = world;
  for (const queue of TROUBLED) {
    if (faults.happens('lane-off')) {
      scheduler.after(random.below(Math.min(length, HOUR)), () => {
        const until = scheduler.now() + random.below(length);
        note('platform', `stops polling ${queue}`, []);
        stores.broker.switchOff(queue, until);
      });
    }
    for (let round = 0; round < 3 && faults.happens('purge-queue'); round += 1) {
      scheduler.after(random.below(random.chance(0.5) ? HOUR : length), () => {
        const gone = stores.broker.purge(queue);
        const ids = gone.map(({ messageId }) => messageId);
        note('platform', `loses ${ids.join(', ') || 'nothing'} of ${queue}`, []);
        ledger.lost(queue, gone);
      });
    }
  }
};

/** Nobody polls this queue for a while, just when something important is sent to it. */
export const troubleQueueNow = (
  { scheduler, random, faults, stores, note }: World,
  queue: QueueName,
): void => {
  if (!faults.happens('lane-off')) return;
  note('platform', `stops polling ${queue}`, []);
  stores.broker.switchOff(queue, scheduler.now() + random.below(3 * HOUR));
};

const POISON: readonly string[] = [
  'not json',
  '{}',
  '{"Records":[{"s3":{}}]}',
  '{"v":99,"kind":"steps"}',
  '{"Records":[{"eventVersion":"3.0","eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}',
];

export const poison = ({ scheduler, random, faults, stores, ledger, note }: World): void => {
  for (const queue of TROUBLED) {
    if (!faults.happens('poison')) continue;
    const body = POISON[random.below(POISON.length)] ?? '';
    scheduler.after(random.below(20 * MINUTE), () => {
      const messageId = stores.broker.send(queue, body);
      note('stranger', `puts poison ${messageId} into ${queue}`, []);
      ledger.poisoned(messageId, body);
    });
  }
};
