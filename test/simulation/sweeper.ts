/** The schedule of the sweep: once a minute, sometimes twice at once, sometimes not. Minutes in which nothing is overdue are passed over. */

import type { ObjectVersion } from '../../shared/domain/object-version.ts';
import { dueAtOf, isDeleted } from '../../shared/domain/upload.ts';
import { sweep } from './deployed.ts';
import { depsOf, TIMEOUT_SECONDS } from './functions.ts';
import { nextWebhookAt } from './webhooks.ts';
import type { World } from './world.ts';

const MINUTE = 60_000;
/** What the product's own clock may be ahead, where clocks are wrong. */
const SKEW_MS = 5 * MINUTE;
const RECONCILE_AFTER_MS = 15 * MINUTE;
const RECONCILE_EAGERLY_MS = 60 * MINUTE;
const LONG_WAIT_MS = 10 * MINUTE;
/** A sweep that finds nothing changes nothing; one is run all the same at least this often while faults last. */
const IDLE_MS = 8 * 60 * MINUTE;

const runSweep = ({ lambda, stores, onLog, ledger }: World): void => {
  lambda.invoke(
    { name: 'sweep', timeoutSeconds: TIMEOUT_SECONDS.sweep, uploads: [] },
    (inv, context) => sweep.createHandler(depsOf(inv, stores, onLog))(undefined, context),
    (ended) => {
      if (ended.kind !== 'answered') ledger.cover('sweep did not finish');
      else if (ended.answer.found > 0) ledger.cover('found by reconcile');
    },
  );
};

/** Newer, or the same bytes written in the same second: a listing cannot tell those apart. */
const isKnown = (latest: ObjectVersion, object: ObjectVersion): boolean =>
  (latest.versionId ?? '') <= (object.versionId ?? '') ||
  (latest.eTag === object.eTag && latest.lastModified === object.lastModified);

/** When the next object that no row knows is old enough to be found by looking. */
const nextFindAt = (
  { truth, stores, scheduler, faults }: World,
  shown: ReadonlyMap<string, ObjectVersion>,
  buried: ReadonlySet<string>,
): number => {
  let next = Number.POSITIVE_INFINITY;
  for (const key of truth.keys()) {
    const latest = truth.bucket.versions(key).at(-1);
    const [id = ''] = stores.uploadsOfKey(key);
    if (latest?.bytes === undefined || (id.startsWith('upl_') && !buried.has(id))) continue;
    const object = buried.has(id) ? undefined : shown.get(id);
    if (object !== undefined && isKnown(latest, object)) continue;
    const age = scheduler.now() - latest.lastModified;
    const oldEnoughAt = latest.lastModified + RECONCILE_AFTER_MS + 1;
    // While its message waits in a long queue, looking again every minute would only cost time here.
    const pause = faults.isOver() ? 0 : LONG_WAIT_MS;
    const findAt = age < RECONCILE_EAGERLY_MS ? oldEnoughAt : scheduler.now() + pause;
    next = Math.min(next, findAt);
  }
  return next;
};

export const startSweeper = (world: World): void => {
  const { scheduler, faults, truth, random, ledger, mutant } = world;
  if (mutant?.noSweep === true) return;
  let nextAt = Number.POSITIVE_INFINITY;

  const neededAt = (): number => {
    let due = Number.POSITIVE_INFINITY;
    const shown = new Map<string, ObjectVersion>();
    const buried = new Set<string>();
    for (const row of truth.rows.uploads()) {
      due = Math.min(due, dueAtOf(row) ?? due);
      if (row.object !== undefined) shown.set(row.id, row.object);
      if (isDeleted(row) && row.erasure === undefined) buried.add(row.id);
    }
    for (const group of truth.groups.groups()) due = Math.min(due, group.dueAt ?? due);
    return Math.min(due, nextFindAt(world, shown, buried), nextWebhookAt(world));
  };

  const tickAt = (time: number): void => {
    const minute = Math.max(Math.ceil(time / MINUTE), Math.floor(scheduler.now() / MINUTE) + 1);
    if (minute * MINUTE >= nextAt) return;
    nextAt = minute * MINUTE;
    scheduler.at(nextAt, tick);
  };

  const tick = (): void => {
    if (scheduler.now() < nextAt) return;
    nextAt = Number.POSITIVE_INFINITY;
    if (!faults.happens('missed-sweep')) {
      runSweep(world);
      if (faults.happens('second-sweep')) {
        ledger.cover('two sweeps at once');
        scheduler.after(random.below(2_000), () => runSweep(world));
      }
    }
    plan();
  };

  const plan = (): void => {
    const needed = neededAt() - (faults.hasSkew && !faults.isOver() ? SKEW_MS : 0);
    if (needed !== Number.POSITIVE_INFINITY) tickAt(needed);
    if (!faults.isOver() && nextAt === Number.POSITIVE_INFINITY) {
      tickAt(scheduler.now() + random.below(IDLE_MS));
    }
  };

  world.onChange = plan;
  plan();
};
