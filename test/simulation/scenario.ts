/** What a seed makes happen: who uploads what, who interferes, when the platform has a bad day, and when it ends. */

import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { QUEUES } from '../../shared/ports/work-queue.ts';
import { addBucketKey, addOperator, type BucketPlan } from './actors.ts';
import { addClient, type ClientPlan, type PartsPlan, type ZipPlan } from './clients.ts';
import { contentOf, KINDS, type Kind } from './contents.ts';
import { addDeletion, DELETED_AT, type DeletionPlan } from './deletions.ts';
import { addGroupClient, type GroupPlan } from './group-clients.ts';
import { addReader } from './listings.ts';
import { OWNERS, TENANTS } from './people.ts';
import { addStranger } from './strangers.ts';
import { deploys, poison, troubleQueues, troubleRedis } from './troubles.ts';
import { addWebhooks } from './webhooks.ts';
import type { World } from './world.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const kindFor = (random: SeededRandom): Kind =>
  random.chance(0.4) ? 'dag' : (KINDS[random.below(KINDS.length)] ?? 'plain');

/** Mostly of the first. */
const oneOf = <T>(random: SeededRandom, [first, second]: readonly [T, T]): T =>
  random.chance(0.6) ? first : second;

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

const DELETED = 0.35;
const IN_PARTS = 0.15;
const IS_ZIP = 0.1;
const HAS_GROUP = 0.08;

const deletionPlan = (random: SeededRandom): DeletionPlan => {
  const effect = DELETED_AT[random.below(DELETED_AT.length)] ?? 'store.put';
  const after = random.chance(0.5) ? random.below(2 * MINUTE) : random.below(3 * HOUR);
  return {
    when: random.chance(0.6) ? { effect, nth: 1 + random.below(4) } : { after },
    patience: random.below(6),
    polls: 1 + random.below(4),
  };
};

const zipPlan = (random: SeededRandom): ZipPlan => ({
  kinds: Array.from({ length: 1 + random.below(2) }, () => kindFor(random)),
  isDamaged: random.chance(0.3),
});

const groupPlan = (random: SeededRandom): GroupPlan => ({
  principal: { tenant: oneOf(random, TENANTS), owner: oneOf(random, OWNERS) },
  startsAt: random.below(10 * MINUTE),
  members: Array.from({ length: 1 + random.below(3) }, () => ({
    kind: kindFor(random),
    comes: random.chance(0.85),
  })),
});

const partsPlan = (random: SeededRandom): PartsPlan => ({
  after: random.below(MINUTE),
  pause: random.chance(0.7) ? random.below(5 * SECOND) : random.below(2 * HOUR),
  steps: random.chance(0.7) ? 3 : random.chance(0.5) ? 2 : 1,
});

const clientPlan = (random: SeededRandom, index: number): ClientPlan => {
  const isInParts = random.chance(IN_PARTS);
  const kind = kindFor(random);
  const tenant = oneOf(random, TENANTS);
  // Another tenant's very bytes, now and then.
  const text = `client ${random.chance(0.3) ? 0 : index}`;
  const sha256 = random.chance(0.2) ? 'none' : 'right';
  const first = { after: random.chance(0.85) ? random.below(MINUTE) : random.below(25 * MINUTE) };
  const isSilent = random.chance(0.1) || (isInParts && random.chance(0.8));
  const submits: { after: number; text?: string }[] = isSilent ? [] : [first];
  if (!isSilent && random.chance(0.15)) submits.push({ after: first.after + someTime(random) });
  // The same number of other bytes, which a form without a digest lets pass.
  if (random.chance(0.1))
    submits.push({ after: first.after + someTime(random), text: `Client ${index}` });
  const isDisturbed = random.chance(0.1);
  const [intrude = same] = INTRUSIONS.slice(random.below(INTRUSIONS.length));
  const intruder = {
    after: random.chance(0.5) ? someTime(random) : random.below(5 * HOUR),
    bytes: contentOf(...intrude(kind, text)),
  };
  return {
    ...{ kind, text, sha256, submits, polls: 2 + random.below(5) },
    principal: { tenant, owner: oneOf(random, OWNERS) },
    startsAt: random.below(10 * MINUTE),
    ...(isDisturbed ? { intruder } : {}),
    ...(random.chance(IS_ZIP) ? { zip: zipPlan(random) } : {}),
    ...(isInParts ? { parts: partsPlan(random) } : {}),
    ...(random.chance(DELETED) ? { deletion: deletionPlan(random) } : {}),
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
  const tenant = TENANTS[index % TENANTS.length] ?? TENANTS[0];
  return { tenant, key: `incoming/${tenant}/drop`, acts, polls: 1 + random.below(4) };
};

const LENGTHS = [30 * MINUTE, 2 * HOUR, 2 * HOUR, 8 * HOUR, 33 * HOUR, 80 * HOUR];

/** Its owner may take a member back, as any other upload. */
const addSomeGroup = (world: World): void => {
  const { random } = world;
  const plan = groupPlan(random);
  addGroupClient(world, plan, (uploadId) => {
    const { principal } = plan;
    if (random.chance(DELETED / 2)) {
      addDeletion(world, { uploadId, principal }, deletionPlan(random));
    }
  });
};

/** Fills a world with what its seed draws. */
export const addRandomScenario = (world: World): void => {
  const { random, scheduler, faults, stores, truth, note } = world;
  const length = LENGTHS[random.below(LENGTHS.length)] ?? HOUR;
  const clients = 1 + random.below(2);
  for (let index = 0; index < clients; index += 1) addClient(world, clientPlan(random, index));
  if (random.chance(HAS_GROUP)) addSomeGroup(world);
  addWebhooks(world, length);
  const keys = random.below(3);
  for (let index = 0; index < keys; index += 1) addBucketKey(world, bucketPlan(random, index));
  const soon = (): number => random.below(Math.min(length, HOUR));
  addStranger(world, [soon(), soon(), random.below(length)]);
  addReader(world, [soon(), random.below(length)]);
  if (random.chance(0.4)) addOperator(world, [random.below(2 * HOUR), random.below(length)]);
  troubleRedis(world, length);
  troubleQueues(world, length);
  deploys(world, length);
  poison(world);
  scheduler.after(length, () => {
    note('platform', 'has no more faults', []);
    faults.stop();
    truth.board.silence(false);
    for (const queue of QUEUES) stores.broker.switchOff(queue, 0);
    world.onChange();
  });
};
