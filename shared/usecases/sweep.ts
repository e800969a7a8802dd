/**
 * The sweep: finds what is overdue and sends it on its way again. It ends nothing itself: it claims a due upload by
 * moving its due time, then sends; if it dies in between, the upload is simply due again. So two sweeps are harmless.
 */
import { MAX_DRIVES, nextDriveAt } from '../domain/due.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { type Cause, isDeleted } from '../domain/upload.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { Logger } from '../ports/logger.ts';
import { DUE_SHARDS } from '../ports/upload-store.ts';
import { type DriveDeps, type DriveForward, finalizeMessageFor } from './drive-forward.ts';
import { groupMessageFor } from './end-group.ts';
import { deletionMessageFor } from './entomb-upload.ts';
import { createReconcile, type ReconcileDeps } from './reconcile.ts';

export interface SweepDeps extends DriveDeps, ReconcileDeps {
  readonly driveForward: DriveForward;
  readonly groups: GroupStore;
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

/**
 * @throws AggregateError when some uploads could not be driven, with what failed and why; the others were, and these are due again.
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
    const tryTo = async (work: () => Promise<void>, failed: string): Promise<void> => {
      if (signal.aborted) return;
      try {
        await work();
      } catch (cause) {
        failures.push(new Error(failed, { cause }));
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
          }, `${id} was not sent on.`);
        }
      }, 'What is due was not listed.');

    const { store, groups, clock } = deps;
    const driveShard = (shard: number): readonly Promise<void>[] => {
      const terms = [shard, clock.now(), DUE_PER_SHARD] as const;
      return [
        driveAll(
          () => store.listDue(...terms),
          (id) => driveDue(id, cause),
        ),
        driveAll(() => groups.listDue(...terms), driveGroup),
      ];
    };
    // Side by side: none of them waits for the end of another that has more than it can do.
    await Promise.all([
      ...Array.from({ length: DUE_SHARDS }, (_, shard) => driveShard(shard)).flat(),
      tryTo(async () => {
        const seen = await reconcile(signal);
        found = seen.found;
        failures.push(...seen.failures);
      }, 'The bucket was not looked through.'),
    ]);

    logger.info({ driven, found, failures: failures.length }, 'sweep done');
    if (failures.length > 0) throw new AggregateError(failures, 'Part of the sweep failed.');
    return { driven, found };
  };
};
