/** What befalls the platform around the invocations: Redis, the queues, and strangers who send to them. */
import { QUEUES, type QueueName } from '../../shared/ports/work-queue.ts';
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

type Garbage = (text: string, other: string) => string;

/** What may lie under a key of ours that we did not put there, or not in one piece. */
const GARBAGE: readonly Garbage[] = [
  () => '',
  () => '\u0000\u0001\ufffd garbage \n\n\n',
  () => '{"rev":1,"state":"completed"}',
  // Another version's, whose revision only the scripts can read; and one that is not even ours.
  (text) => text.replace(/^S\d+ /, 'S0 '),
  (text) => text.replace(/^(S\d+) \d+ (\d+) [\s\S]*/, '$1 999999 $2 processing\n\n'),
  (text) => text.slice(0, Math.floor(text.length / 2)),
  (_, other) => other,
  (text) => `${text.slice(0, 20)}${'x'.repeat(1_000_001)}`,
];

/** Somebody else writes under keys of ours: where a status is or will be, and where a lease is taken. */
const spoilRedis = ({ random, truth, faults, note }: World): void => {
  const rows = truth.rows.uploads();
  const row = rows[random.below(rows.length)];
  const garbageOf = GARBAGE[random.below(GARBAGE.length)];
  if (row === undefined || garbageOf === undefined) return;
  const { tenant, owner, id: uploadId } = row;
  const ref = { tenant, owner, uploadId };
  if (faults.happens('redis-garbage')) {
    note('redis', 'has garbage', [uploadId]);
    const [other = row] = rows.slice(random.below(rows.length));
    const otherText = truth.board.textOf({ ...other, uploadId: other.id });
    truth.board.spoil(ref, (text) => garbageOf(text, otherText));
  }
  if (faults.happens('seized-lease')) {
    note('redis', 'has leases of nobody', [uploadId]);
    truth.board.seize(`${uploadId}/status`);
    truth.board.seize(`${uploadId}/${row.generation}/${row.plan.map(({ name }) => name).join()}`);
    for (const { name } of row.plan) truth.board.seize(`${uploadId}/${row.generation}/${name}`);
  }
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
  const { random, faults, scheduler } = world;
  const someTime = (): number => random.below(Math.min(length, HOUR));
  for (let round = 0; round < 3; round += 1) {
    if (faults.happens('redis-silent')) {
      const ms = random.below(random.chance(0.5) ? MINUTE : 20 * MINUTE);
      silenceRedis(world, someTime(), ms);
    }
    if (faults.happens('redis-flush')) flushRedis(world, someTime());
    scheduler.after(someTime(), () => spoilRedis(world));
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
  spoilRedis(world);
  if (faults.happens('redis-stale')) {
    restoreRedis(world, { at: 0, back: 1000 + random.below(20 * MINUTE) });
  }
};

/** Messages of these are taken away, and strangers send to them. What others hold is no upload's way. */
const TROUBLED: readonly QueueName[] = ['upload-events', 'light', 'heavy', 'finalize', 'deletions'];

export const troubleQueues = (world: World, length: number): void => {
  const { scheduler, random, faults, stores, note, ledger } = world;
  for (const queue of QUEUES) {
    if (faults.happens('lane-off')) {
      scheduler.after(random.below(Math.min(length, HOUR)), () => {
        const until = scheduler.now() + random.below(length);
        note('platform', `stops polling ${queue}`, []);
        stores.broker.switchOff(queue, until);
      });
    }
    if (!TROUBLED.includes(queue)) continue;
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

const KILL_EVERY_MS = 2_000;

/** C19: one release after the other; whatever is in flight dies every two seconds, for some minutes. */
export const deploys = (
  { scheduler, random, faults, lambda, ledger, note }: World,
  length: number,
): void => {
  if (!faults.happens('deploys')) return;
  const from = scheduler.now() + random.below(Math.min(length, 20 * MINUTE));
  const until = from + random.below(20 * MINUTE);
  const kill = (): void => {
    if (faults.isOver() || scheduler.now() > until) return;
    if (lambda.killAll('a new release') > 0) ledger.cover('killed by a release');
    scheduler.after(KILL_EVERY_MS, kill);
  };
  scheduler.at(from, () => {
    note('platform', 'gets one release after the other', []);
    kill();
  });
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
