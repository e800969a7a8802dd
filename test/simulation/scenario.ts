/** What a seed makes happen: who uploads what, who interferes, when the platform has a bad day, and when it ends. */

import type { MemoryStatusBoard } from '../../shared/adapters/memory/memory-status-board.ts';
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import type { QueueName } from '../../shared/ports/work-queue.ts';
import {
  addBucketKey,
  addClient,
  addOperator,
  type BucketPlan,
  type ClientPlan,
  TENANT,
} from './actors.ts';
import { contentOf, KINDS, type Kind } from './processors.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const kindFor = (random: SeededRandom): Kind =>
  random.chance(0.4) ? 'dag' : (KINDS[random.below(KINDS.length)] ?? 'plain');

/** Soon, or much later. */
const someTime = (random: SeededRandom): number =>
  random.chance(0.6) ? random.below(10 * SECOND) : random.below(35 * MINUTE);

type Intrusion = (kind: Kind, text: string) => [Kind, string];
const same: Intrusion = (kind, text) => [kind, text];
/** The same bytes, as many other bytes, or more bytes. */
const INTRUSIONS: readonly Intrusion[] = [
  same,
  (kind) => [kind, 'stranger'],
  () => ['plain', 'x'.repeat(80)],
];

const clientPlan = (random: SeededRandom, index: number): ClientPlan => {
  const kind = kindFor(random);
  const text = `client ${index}`;
  const sha256 = random.chance(0.2) ? 'none' : 'right';
  const first = { after: random.chance(0.85) ? random.below(MINUTE) : random.below(25 * MINUTE) };
  const submits: { after: number; text?: string }[] = random.chance(0.1) ? [] : [first];
  if (random.chance(0.15)) submits.push({ after: first.after + someTime(random) });
  // The same number of other bytes, which a form without a digest lets pass.
  if (random.chance(0.1))
    submits.push({ after: first.after + someTime(random), text: `Client ${index}` });
  const isDisturbed = random.chance(0.1);
  const [intrude = same] = INTRUSIONS.slice(random.below(INTRUSIONS.length));
  const intruder = {
    after: someTime(random),
    bytes: contentOf(...intrude(kind, text)),
  };
  return {
    ...{ kind, text, sha256, submits, polls: 2 + random.below(5) },
    startsAt: random.below(10 * MINUTE),
    ...(isDisturbed ? { intruder } : {}),
  };
};

const TOO_LARGE = 5000;

const bucketPlan = (random: SeededRandom, index: number): BucketPlan => {
  let at = random.below(10 * MINUTE);
  const acts: BucketPlan['acts'][number][] = [];
  const writes = 1 + random.below(3);
  for (let write = 0; write < writes; write += 1) {
    const bytes = random.chance(0.05)
      ? Buffer.alloc(TOO_LARGE)
      : contentOf(kindFor(random), `drop ${index} ${random.chance(0.1) ? 0 : write}`);
    acts.push({ at, act: 'put', bytes });
    if (random.chance(0.12)) {
      acts.push({ at: at + someTime(random), act: random.chance(0.5) ? 'hide' : 'remove' });
    }
    at += random.chance(0.3) ? random.below(1500) : someTime(random);
  }
  return { key: `incoming/${TENANT}/drop-${index}`, acts, polls: 1 + random.below(4) };
};

const LENGTHS = [30 * MINUTE, 2 * HOUR, 2 * HOUR, 8 * HOUR, 33 * HOUR];

const troubleRedis = ({ scheduler, random, faults, truth, note }: World, length: number): void => {
  let dump: ReturnType<MemoryStatusBoard['snapshot']> | undefined;
  for (let round = 0; round < 3; round += 1) {
    if (faults.happens('redis-silent')) {
      const at = random.below(Math.min(length, HOUR));
      const ms = random.below(random.chance(0.5) ? MINUTE : 20 * MINUTE);
      scheduler.after(at, () => {
        note('redis', 'falls silent', []);
        truth.board.silence(true);
      });
      scheduler.after(at + ms, () => truth.board.silence(false));
    }
    if (faults.happens('redis-flush')) {
      scheduler.after(random.below(Math.min(length, HOUR)), () => {
        note('redis', 'is flushed', []);
        truth.board.flush();
      });
    }
    if (faults.happens('redis-stale')) {
      const at = random.below(Math.min(length, HOUR));
      scheduler.after(at, () => {
        dump = truth.board.snapshot();
      });
      scheduler.after(at + random.below(20 * MINUTE), () => {
        if (dump === undefined) return;
        note('redis', 'comes back from an old dump', []);
        truth.board.restore(dump);
      });
    }
  }
};

const TROUBLED: readonly QueueName[] = ['upload-events', 'light', 'heavy', 'finalize'];

const troubleQueues = (world: World, length: number): void => {
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

const POISON: readonly string[] = [
  'not json',
  '{}',
  '{"Records":[{"s3":{}}]}',
  '{"v":99,"kind":"steps"}',
  '{"Records":[{"eventVersion":"3.0","eventSource":"aws:s3","eventName":"ObjectCreated:Put"}]}',
];

const poison = ({ scheduler, random, faults, stores, ledger, note }: World): void => {
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

/** Fills a world with what its seed draws. */
export const addRandomScenario = (world: World): void => {
  const { random, scheduler, faults, stores, truth, note } = world;
  const length = LENGTHS[random.below(LENGTHS.length)] ?? HOUR;
  const clients = 1 + random.below(2);
  for (let index = 0; index < clients; index += 1) addClient(world, clientPlan(random, index));
  const keys = random.below(3);
  for (let index = 0; index < keys; index += 1) addBucketKey(world, bucketPlan(random, index));
  if (random.chance(0.4)) addOperator(world, [random.below(2 * HOUR), random.below(length)]);
  troubleRedis(world, length);
  troubleQueues(world, length);
  poison(world);
  scheduler.after(length, () => {
    note('platform', 'has no more faults', []);
    faults.stop();
    truth.board.silence(false);
    for (const queue of TROUBLED) stores.broker.switchOff(queue, 0);
    world.onChange();
  });
};
