/**
 * The sweep: finds what is overdue and sends it on its way again. It ends nothing itself: it claims a due upload by
 * moving its due time, then sends; if it dies in between, the upload is simply due again. So two sweeps are harmless.
 */
import { MAX_DRIVES, nextDriveAt } from '../domain/due.ts';
import { parseIncomingKey } from '../domain/object-key.ts';
import { compareVersions, type ObjectVersion } from '../domain/object-version.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { type Cause, isDeleted } from '../domain/upload.ts';
import type { CursorStore } from '../ports/cursor-store.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Random } from '../ports/random.ts';
import { DUE_SHARDS } from '../ports/upload-store.ts';
import { type DriveDeps, type DriveForward, finalizeMessageFor } from './drive-forward.ts';
import { groupMessageFor } from './end-group.ts';
import { deletionMessageFor } from './entomb-upload.ts';

export interface SweepDeps extends DriveDeps {
  readonly objects: ObjectStore;
  readonly driveForward: DriveForward;
  readonly groups: GroupStore;
  readonly cursors: CursorStore;
  readonly random: Random;
  readonly idOfObject: (bucket: string, key: string) => string;
}

export interface SweepRun extends Cause {
  readonly signal: AbortSignal;
  readonly logger: Logger;
}

export interface SweepReport {
  /** Overdue uploads and groups that were sent on. */
  readonly driven: number;
  /** Objects in the bucket that nobody had announced. */
  readonly found: number;
}

export type Sweep = (run: SweepRun) => Promise<SweepReport>;

/** Work of one run is bounded; what is left is due in the next one, a minute later. */
const DUE_PER_SHARD = 100;
/** One page of ListObjectsV2, its maximum. */
const OBJECTS_PER_RUN = 1000;
/** Younger objects may still have their event on its way; older ones were looked at many times. */
const RECONCILE_AFTER_MS = 15 * 60_000;
const RECONCILE_WITHIN_MS = 48 * 3_600_000;
/**
 * Up to this age an unknown object is announced in every run. Later, the older the rarer: its message may well be waiting
 * in a long queue, and one more every minute would make that queue longer still.
 */
const RECONCILE_EAGERLY_MS = 3_600_000;
const RECONCILE_JOB = 'reconcile';

const createDriveDue = (deps: SweepDeps) => {
  const { store, queue, board, clock, driveForward } = deps;
  /** Claims one due upload and sends what it needs; false when another was first. */
  return async (id: string, cause: Cause): Promise<boolean> => {
    const upload = await store.find(id);
    if (upload === undefined) return false;
    const result = transition(upload, { type: 'driven' }, { at: clock.now(), cause });
    if ('refused' in result) return false;
    const answer = await store.put(result.next);
    if (answer.kind === 'lost') return false;
    const driven = result.next;
    await board.show(documentOf(driven));
    if (isDeleted(driven)) await queue.send('deletions', [deletionMessageFor(id)], driven.tenant);
    else if (driven.state === 'processing' && driven.drives <= MAX_DRIVES) {
      await driveForward(driven, cause);
    } else await queue.send('finalize', [finalizeMessageFor(id)], driven.tenant);
    return true;
  };
};

/** Claims one due group and has the finalizer look at it; false when another was first. */
const createDriveGroup =
  ({ groups, queue, clock }: SweepDeps) =>
  async (id: string): Promise<boolean> => {
    const group = await groups.find(id);
    if (group?.dueAt === undefined || group.dueAt > clock.now()) return false;
    if (!(await groups.drive(group, nextDriveAt(clock.now(), group.drives)))) return false;
    await queue.send('finalize', [groupMessageFor(id)]);
    return true;
  };

const createReconcile = ({
  store,
  objects,
  queue,
  clock,
  random,
  cursors,
  idOfObject,
}: SweepDeps) => {
  const isUnknown = async (object: ObjectVersion): Promise<boolean> => {
    const key = parseIncomingKey(object.key);
    if (key === undefined) return false;
    // An announced upload has its own due time; only what nobody announced can be missed, and what came after a deletion.
    const announced = key.uploadId === undefined ? undefined : await store.find(key.uploadId);
    if (announced?.tenant === key.tenant) {
      return isDeleted(announced) && announced.erasure === undefined;
    }
    const upload = await store.find(idOfObject(object.bucket, object.key));
    return upload?.object === undefined || compareVersions(object, upload.object) === 'newer';
  };

  /** Looks at one page of the bucket and announces what has no upload yet, or a newer version than its upload. */
  return async (signal: AbortSignal): Promise<number> => {
    const page = await objects.listIncoming(await cursors.read(RECONCILE_JOB), OBJECTS_PER_RUN);
    const now = clock.now();
    let found = 0;
    for (const object of page.objects) {
      const age = now - object.lastModified;
      if (age < RECONCILE_AFTER_MS || age > RECONCILE_WITHIN_MS) continue;
      if (random.fraction() * age > RECONCILE_EAGERLY_MS) continue;
      // Out of time: the page is looked at again in the next run.
      if (signal.aborted) return found;
      if (!(await isUnknown(object))) continue;
      const { bucket, key } = object;
      const tenant = parseIncomingKey(key)?.tenant;
      await queue.send('upload-events', [{ v: 1, kind: 'found', bucket, key }], tenant);
      found += 1;
    }
    await cursors.keep(RECONCILE_JOB, page.cursor);
    return found;
  };
};

/**
 * @throws AggregateError when some uploads could not be driven; the others were, and these are due again.
 */
export const createSweep = (deps: SweepDeps): Sweep => {
  const driveDue = createDriveDue(deps);
  const driveGroup = createDriveGroup(deps);
  const reconcile = createReconcile(deps);

  return async ({ signal, logger, requestId, attempt }) => {
    const cause = { requestId, attempt };
    const failures: unknown[] = [];
    let driven = 0;
    let found = 0;
    const tryTo = async (work: () => Promise<void>): Promise<void> => {
      if (signal.aborted) return;
      try {
        await work();
      } catch (error) {
        failures.push(error);
      }
    };

    const driveAll = (
      list: () => Promise<readonly { readonly id: string }[]>,
      drive: (id: string) => Promise<boolean>,
    ): Promise<void> =>
      tryTo(async () => {
        for (const { id } of await list()) {
          await tryTo(async () => {
            if (await drive(id)) driven += 1;
          });
        }
      });

    const { store, groups, clock } = deps;
    for (let shard = 0; shard < DUE_SHARDS; shard += 1) {
      const terms = [shard, clock.now(), DUE_PER_SHARD] as const;
      await driveAll(
        () => store.listDue(...terms),
        (id) => driveDue(id, cause),
      );
      await driveAll(() => groups.listDue(...terms), driveGroup);
    }
    await tryTo(async () => {
      found = await reconcile(signal);
    });

    logger.info({ driven, found, failures: failures.length }, 'sweep done');
    if (failures.length > 0) throw new AggregateError(failures, 'Part of the sweep failed.');
    return { driven, found };
  };
};
