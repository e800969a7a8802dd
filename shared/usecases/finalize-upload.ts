/** The finalizer: ends what can end, exactly once by one conditional write, and tells about it at least once. */
import type { EndMessage, FinalizeMessage } from '../contracts/messages.ts';
import { ENTRIES_STEP, parentOf } from '../domain/children.ts';
import { MAX_DRIVES, nextDriveAt } from '../domain/due.ts';
import { RetryableError, sentenceOf } from '../domain/errors.ts';
import { incomingKey } from '../domain/object-key.ts';
import { CHILDREN_STEP, type Outcomes, progressOf } from '../domain/plan.ts';
import { transition, type UploadEvent } from '../domain/transition.ts';
import {
  type AwaitingUpload,
  drivesInVain,
  type EndedUpload,
  type ProcessingUpload,
  type Upload,
} from '../domain/upload.ts';
import { childrenMessageFor, finalizeMessageFor } from './drive-forward.ts';
import { createEndGroup, type EndGroupDeps } from './end-group.ts';
import { type FinishDeps, finish, notificationOf, tell } from './finish-upload.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

export interface FinalizeDeps extends FinishDeps, EndGroupDeps {
  readonly uploadsBucket: string;
}

export type FinalizeUpload = (message: EndMessage, meta: RecordMeta) => Promise<void>;

/** Every child has an end of its own, so whoever waits for children that were all made is never stuck. */
const mayBeStuck = ({ outcomes }: ProcessingUpload, step: string): boolean =>
  outcomes[step] === undefined &&
  !(step === CHILDREN_STEP && outcomes[ENTRIES_STEP]?.state === 'succeeded');

const stuckOutcomes = (upload: ProcessingUpload, at: number, meta: RecordMeta): Outcomes =>
  Object.fromEntries(
    upload.plan
      .filter(({ name }) => mayBeStuck(upload, name))
      .map(({ name }) => [
        name,
        {
          state: 'failed',
          at,
          durationMs: 0,
          ...causeOf(meta),
          code: 'stuck',
          message: sentenceOf('stuck'),
        },
      ]),
  );

const createAnnouncer = (deps: FinalizeDeps) => {
  const { store, queue } = deps;
  const endGroup = createEndGroup(deps);

  /** Told again for every duplicate message: the first teller may have died before it told anybody. */
  const announce = async (upload: EndedUpload, meta: RecordMeta): Promise<void> => {
    await tell(deps, upload);
    await endGroup.arrived(upload, causeOf(meta));
  };

  /** The row of that generation may have been kept already, or may still be the current one. */
  const tellOf = async (upload: Upload, generation: number, meta: RecordMeta) => {
    if ('endedAt' in upload && upload.generation === generation) return announce(upload, meta);
    const kept = await store.archived(upload.id, generation + 1);
    const ended = kept.find((earlier) => earlier.generation === generation);
    if (ended === undefined || !('endedAt' in ended)) return;
    await queue.send('notifications', [notificationOf(ended)], ended.tenant);
  };

  return { announce, tellOf, endGroup };
};

export const createFinalizeUpload = (deps: FinalizeDeps): FinalizeUpload => {
  const { store, objects, queue, clock } = deps;
  const { announce, tellOf, endGroup } = createAnnouncer(deps);

  const endWith = async (upload: Upload, event: UploadEvent, meta: RecordMeta): Promise<void> => {
    const result = transition(upload, event, { at: clock.now(), cause: causeOf(meta) });
    if ('refused' in result) return;
    const answer = await store.put(result.next);
    // Whoever was first may have changed what this decision rests on: the next delivery decides anew.
    if (answer.kind === 'lost') throw new RetryableError('lost_race');
    if ('endedAt' in result.next) await announce(result.next, meta);
  };

  const endAwaiting = async (upload: AwaitingUpload, meta: RecordMeta): Promise<void> => {
    const isOver = clock.now() >= upload.uploadDeadline;
    // Nobody needs a form for the object of a child: it may be there already, and its event lost.
    if (!isOver && parentOf(upload) === undefined) return;
    const key = incomingKey(upload.tenant, upload.id);
    const object = await objects.latest(key);
    if (object === undefined) {
      if (isOver) await endWith(upload, { type: 'upload_expired' }, meta);
      return;
    }
    // The object is there and nobody was told: its event was lost. Ingest it as if it had come.
    const found = { v: 1, kind: 'found', bucket: deps.uploadsBucket, key } as const;
    await queue.send('upload-events', [found], upload.tenant);
  };

  const endProcessing = async (upload: ProcessingUpload, meta: RecordMeta): Promise<void> => {
    const { generation, plan, outcomes } = upload;
    if (progressOf(plan, outcomes).complete) {
      const ended = await finish(deps, upload, causeOf(meta));
      if (ended !== undefined) await announce(ended, meta);
      return;
    }
    if (drivesInVain(upload) <= MAX_DRIVES) return;
    const at = clock.now();
    const stuck = stuckOutcomes(upload, at, meta);
    if (Object.keys(stuck).length === 0) {
      return queue.send('finalize', [childrenMessageFor(upload)], upload.tenant);
    }
    await store.recordOutcomes({
      uploadId: upload.id,
      generation,
      outcomes: stuck,
      at,
      dueAt: nextDriveAt(at, 0),
    });
    await queue.send('finalize', [finalizeMessageFor(upload.id)], upload.tenant);
  };

  const finalize = async ({ uploadId, generation }: FinalizeMessage, meta: RecordMeta) => {
    const upload = await store.find(uploadId);
    if (upload === undefined) {
      meta.logger.warn({ uploadId }, 'no such upload to finalize');
      return;
    }
    if (generation !== undefined) return tellOf(upload, generation, meta);
    if (upload.state === 'awaiting_upload') await endAwaiting(upload, meta);
    else if (upload.state === 'processing') await endProcessing(upload, meta);
    else await announce(upload, meta);
  };

  return (message, meta) => {
    const cause = causeOf(meta);
    if (message.kind === 'group') return endGroup.check(message.groupId, cause);
    if (message.kind === 'children') return endGroup.checkChildren(message, cause);
    return finalize(message, meta);
  };
};
