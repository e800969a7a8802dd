/** Sends whatever an upload needs next. Safe to repeat: what it sends twice, somebody downstream finds done. */
import type { ChildrenMessage, FinalizeMessage, LaneMessage } from '../contracts/messages.ts';
import { nextDriveAt } from '../domain/due.ts';
import { partStepIn } from '../domain/part.ts';
import { CHILDREN_STEP, LANES, type Plan, progressOf, skippedOutcomes } from '../domain/plan.ts';
import { documentOf } from '../domain/status.ts';
import type { Cause, ProcessingUpload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

export interface DriveDeps {
  readonly store: UploadStore;
  readonly queue: WorkQueue;
  readonly board: StatusBoard;
  readonly clock: Clock;
}

/** Ends an upload whose steps have all ended. False: that is left to the finalizer. */
export type EndInPlace = (upload: ProcessingUpload, cause: Cause) => Promise<boolean>;

export interface DriveOptions {
  /** Only send steps that waited for one of these; the others are on their way already. */
  readonly after?: ReadonlySet<string>;
}

export type DriveForward = (
  upload: ProcessingUpload,
  cause: Cause,
  options?: DriveOptions,
) => Promise<void>;

export const finalizeMessageFor = (uploadId: string, generation?: number): FinalizeMessage => ({
  v: 1,
  kind: 'finalize',
  uploadId,
  ...(generation === undefined ? {} : { generation }),
});

export const childrenMessageFor = ({
  id: uploadId,
  generation,
}: Pick<ProcessingUpload, 'id' | 'generation'>): ChildrenMessage => ({
  v: 1,
  kind: 'children',
  uploadId,
  generation,
});

const laneMessageFor = (upload: ProcessingUpload, steps: Plan): LaneMessage => {
  const needed = new Set(steps.flatMap(({ needs }) => needs));
  const results: Record<string, unknown> = {};
  for (const need of needed) {
    const outcome = upload.outcomes[need];
    if (outcome?.state === 'succeeded') results[need] = outcome.result;
  }
  const { bucket, key, versionId, eTag, size } = upload.object;
  return {
    v: 1,
    kind: 'steps',
    uploadId: upload.id,
    tenant: upload.tenant,
    owner: upload.owner,
    generation: upload.generation,
    object: { bucket, key, versionId, eTag, size },
    type: upload.type,
    name: upload.declared?.name,
    declaredType: upload.declared?.type,
    declaredSha256: upload.declared?.sha256,
    ...(upload.options === undefined ? {} : { options: upload.options }),
    steps: steps.map(({ name }) => name),
    repeats: upload.repeats,
    isFresh: upload.isFresh,
    results,
  };
};

/**
 * One message per lane, so that a worker opens the object once for all its steps; and one for each part of a file, so that
 * as many workers read as there are parts. At the children of an archive the finalizer looks.
 */
const sendSteps = async (
  queue: WorkQueue,
  upload: ProcessingUpload,
  steps: Plan,
): Promise<void> => {
  const worked = steps.filter(({ name }) => name !== CHILDREN_STEP);
  await Promise.all(
    LANES.map(async (lane) => {
      const own = worked.filter((step) => step.lane === lane);
      const together = own.filter(({ name }) => partStepIn(name) === undefined);
      const alone = own.filter((step) => !together.includes(step)).map((step) => [step]);
      const messages = [...(together.length > 0 ? [together] : []), ...alone];
      if (messages.length === 0) return;
      await queue.send(
        lane,
        messages.map((work) => laneMessageFor(upload, work)),
        upload.tenant,
      );
    }),
  );
  if (worked.length < steps.length) {
    await queue.send('finalize', [childrenMessageFor(upload)], upload.tenant);
  }
};

/** Without `endInPlace` every end is the finalizer's. */
export const createDriveForward = (
  { store, queue, board, clock }: DriveDeps,
  endInPlace?: EndInPlace,
): DriveForward => {
  const driveForward: DriveForward = async (upload, cause, { after } = {}) => {
    const { ready, blocked, complete } = progressOf(upload.plan, upload.outcomes);

    if (blocked.length > 0) {
      const at = clock.now();
      const answer = await store.recordOutcomes({
        uploadId: upload.id,
        generation: upload.generation,
        outcomes: skippedOutcomes(blocked, { at, ...cause }),
        at,
        dueAt: nextDriveAt(at, 0),
      });
      if (answer.kind === 'refused') return;
      await board.show(documentOf(answer.upload));
      // Every round gives each blocked step an outcome, so there are at most as many rounds as steps.
      await driveForward(answer.upload, cause, after === undefined ? {} : { after });
      return;
    }

    if (complete) {
      if (await endInPlace?.(upload, cause)) return;
      await queue.send('finalize', [finalizeMessageFor(upload.id)], upload.tenant);
      return;
    }

    const due =
      after === undefined
        ? ready
        : ready.filter(({ needs }) => needs.some((need) => after.has(need)));
    await sendSteps(queue, upload, due);
  };
  return driveForward;
};
