/**
 * The state machine of an upload: pure and total over (state, event).
 *
 *   awaiting_upload ──▶ processing ──▶ completed | failed
 *         └──▶ expired | cancelled | rejected | failed
 *   any ──▶ the same, or cancelled if it was live, as a tombstone
 *
 * Only forward; terminal is final within a generation. A new S3 version of an object from the bucket, or
 * an explicit reprocess, opens the next generation, and with it everything of the old one is refused.
 */
import { tellChildren } from './children.ts';
import { closeErasure, driveErasure, entomb } from './deletion.ts';
import { expiryDueAt, nextDriveAt } from './due.ts';
import { type PermanentCode, sentenceOf } from './errors.ts';
import { compareVersions, type ObjectVersion } from './object-version.ts';
import { firstFailure, type Outcomes, type Plan, progressOf } from './plan.ts';
import { type Moment, type Refusal, refused, stamp, type Transition } from './transition-result.ts';
import {
  drivesInVain,
  type EndedUpload,
  isDeleted,
  isLive,
  type ProcessingUpload,
  type TerminalState,
  type Upload,
  type UploadFailure,
} from './upload.ts';

export type { Refusal, Transition } from './transition-result.ts';

export type UploadEvent =
  /** Bytes arrived and a plan was made for them. */
  | {
      readonly type: 'object_accepted';
      readonly object: ObjectVersion;
      readonly detectedType: string;
      readonly plan: Plan;
    }
  /** The client sends its file in parts, which takes longer than one form. */
  | { readonly type: 'parts_requested'; readonly uploadDeadline: number }
  /** Bytes arrived, or an event said so, and they will not be processed. */
  | {
      readonly type: 'object_refused';
      readonly object: ObjectVersion;
      readonly state: 'rejected' | 'failed';
      readonly code: PermanentCode;
      readonly detail?: string | undefined;
    }
  | {
      readonly type: 'outcomes_recorded';
      readonly generation: number;
      readonly outcomes: Outcomes;
      readonly dueAt: number;
    }
  /** So many of its children have ended. */
  | { readonly type: 'children_told'; readonly generation: number; readonly ended: number }
  /** The finalizer found the set of outcomes complete. */
  | { readonly type: 'finished'; readonly generation: number }
  /** The finalizer found no object after the deadline. */
  | { readonly type: 'upload_expired' }
  | { readonly type: 'cancelled' }
  /** Its owner wants nothing of it to be left. What still runs is cancelled by it. */
  | { readonly type: 'deleted' }
  /** A run of the eraser that began then left nothing of a deleted upload. */
  | { readonly type: 'erased'; readonly startedAt: number }
  /** The sweep sends again what is missing. */
  | { readonly type: 'driven' }
  /** An operator asks for the same object to be processed once more. */
  | {
      readonly type: 'reprocess_requested';
      readonly plan: Plan;
      /** Nothing that was found out before may stand for any of it. */
      readonly isFresh?: boolean | undefined;
    };

/** The fields that outlive a generation. */
const identityOf = ({
  id,
  tenant,
  owner,
  origin,
  declared,
  options,
  group,
  createdAt,
}: Upload) => ({
  id,
  tenant,
  owner,
  origin,
  ...(declared === undefined ? {} : { declared }),
  ...(options === undefined ? {} : { options }),
  ...(group === undefined ? {} : { group }),
  createdAt,
});

interface NextRun {
  readonly object: ObjectVersion;
  readonly type: string;
  readonly plan: Plan;
  readonly repeats?: number;
  readonly isFresh?: true;
}

const startGeneration = (
  upload: Upload,
  run: NextRun,
  event: 'accepted' | 'reprocess_requested',
  moment: Moment,
): ProcessingUpload => {
  const generation = upload.generation + 1;
  return {
    ...identityOf(upload),
    ...stamp(upload, moment, { event, generation, state: 'processing' }),
    state: 'processing',
    generation,
    ...run,
    outcomes: {},
    startedAt: moment.at,
    dueAt: nextDriveAt(moment.at, 0),
    drives: 0,
  };
};

interface Ending {
  readonly state: TerminalState;
  readonly failure?: UploadFailure | undefined;
  readonly event?: 'refused' | 'ended';
}

const end = (upload: Upload, { state, failure, event = 'ended' }: Ending, moment: Moment) => {
  const { generation, object, type, plan, outcomes, childrenEnded } = upload;
  const ended: EndedUpload = {
    ...identityOf(upload),
    ...stamp(upload, moment, { event, generation, state }),
    generation,
    ...(object === undefined ? {} : { object }),
    ...(type === undefined ? {} : { type }),
    plan,
    outcomes,
    ...(childrenEnded === undefined ? {} : { childrenEnded }),
    ...('startedAt' in upload && upload.startedAt !== undefined
      ? { startedAt: upload.startedAt }
      : {}),
    state,
    endedAt: moment.at,
    ...(failure === undefined ? {} : { failure }),
  };
  return { next: ended };
};

/** May `object` open a generation? Undefined means yes. */
const objectRefusal = (upload: Upload, object: ObjectVersion): Refusal | undefined => {
  if (isDeleted(upload)) return 'deleted';
  if (upload.object === undefined) {
    return upload.state === 'awaiting_upload' ? undefined : 'already_ended';
  }
  const order = compareVersions(object, upload.object);
  if (order === 'same') return 'duplicate';
  if (upload.origin === 'api') return 'one_object_only';
  return order === 'older' ? 'stale' : undefined;
};

const arrive = (
  upload: Upload,
  event: Extract<UploadEvent, { type: 'object_accepted' | 'object_refused' }>,
  moment: Moment,
): Transition => {
  const refusal = objectRefusal(upload, event.object);
  if (refusal !== undefined) return refused(refusal);
  if (event.type === 'object_accepted') {
    const { object, detectedType: type, plan } = event;
    return { next: startGeneration(upload, { object, type, plan }, 'accepted', moment) };
  }
  const { object, state, code, detail } = event;
  const message = detail === undefined ? sentenceOf(code) : `${sentenceOf(code)} ${detail}`;
  const { rev, updatedAt, timeline } = upload;
  // Nothing that was found out about earlier bytes is true of these.
  const opened: EndedUpload = {
    ...identityOf(upload),
    rev,
    updatedAt,
    timeline,
    generation: upload.generation + 1,
    object,
    plan: [],
    outcomes: {},
    state,
    endedAt: moment.at,
  };
  return end(opened, { state, failure: { code, message }, event: 'refused' }, moment);
};

const recordOutcomes = (
  upload: Upload,
  event: Extract<UploadEvent, { type: 'outcomes_recorded' }>,
  { at }: Moment,
): Transition => {
  if (upload.generation !== event.generation) return refused('superseded');
  if (upload.state !== 'processing') return refused('already_ended');
  return {
    next: {
      ...upload,
      // First writer wins: what is there stays.
      outcomes: { ...event.outcomes, ...upload.outcomes },
      rev: upload.rev + 1,
      updatedAt: at,
      dueAt: event.dueAt,
    },
  };
};

const finish = (upload: Upload, generation: number, moment: Moment): Transition => {
  if (upload.generation !== generation) return refused('superseded');
  if (upload.state !== 'processing') return refused('already_ended');
  if (!progressOf(upload.plan, upload.outcomes).complete) return refused('incomplete');
  const failed = firstFailure(upload.plan, upload.outcomes);
  return failed === undefined
    ? end(upload, { state: 'completed' }, moment)
    : end(upload, { state: 'failed', failure: failed }, moment);
};

const drive = (upload: Upload, moment: Moment): Transition => {
  if (!isLive(upload)) return driveErasure(upload, moment);
  if (upload.dueAt > moment.at) return refused('too_early');
  const { generation, state } = upload;
  const drives = drivesInVain(upload) + 1;
  const drivenWith = Object.keys(upload.outcomes).length;
  const driven = {
    ...stamp(upload, moment, { event: 'driven', generation, state }),
    drives,
    dueAt: nextDriveAt(moment.at, drives),
  };
  return upload.state === 'processing'
    ? { next: { ...upload, ...driven, drivenWith } }
    : { next: { ...upload, ...driven } };
};

const expire = (upload: Upload, moment: Moment): Transition => {
  if (!isLive(upload)) return refused('already_ended');
  if (upload.state === 'processing') return refused('superseded');
  if (upload.uploadDeadline > moment.at) return refused('too_early');
  const failure = { code: 'upload_expired', message: sentenceOf('upload_expired') } as const;
  return end(upload, { state: 'expired', failure }, moment);
};

/** Only ever later, and without a word in the timeline: an upload in parts is nothing special to anybody but its client. */
const extend = (upload: Upload, uploadDeadline: number, { at }: Moment): Transition => {
  if (upload.state !== 'awaiting_upload') return refused('already_ended');
  if (uploadDeadline <= upload.uploadDeadline) return refused('duplicate');
  const dueAt = expiryDueAt({ ...upload, uploadDeadline });
  return { next: { ...upload, rev: upload.rev + 1, updatedAt: at, uploadDeadline, dueAt } };
};

const reprocess = (
  upload: Upload,
  { plan, isFresh }: Extract<UploadEvent, { type: 'reprocess_requested' }>,
  moment: Moment,
): Transition => {
  const { state, object, type, generation } = upload;
  const hasEnded = (state === 'completed' || state === 'failed') && !isDeleted(upload);
  if (!hasEnded || object === undefined || type === undefined) return refused('not_reprocessable');
  const reuse = isFresh === true ? { isFresh } : { repeats: generation };
  const run = { object, type, plan, ...reuse };
  return { next: startGeneration(upload, run, 'reprocess_requested', moment) };
};

/** What an event makes of an upload. Applying the same event twice is refused the second time, or changes nothing but `rev`. */
export const transition = (upload: Upload, event: UploadEvent, moment: Moment): Transition => {
  switch (event.type) {
    case 'object_accepted':
    case 'object_refused':
      return arrive(upload, event, moment);
    case 'parts_requested':
      return extend(upload, event.uploadDeadline, moment);
    case 'outcomes_recorded':
      return recordOutcomes(upload, event, moment);
    case 'children_told':
      return tellChildren(upload, event, moment);
    case 'finished':
      return finish(upload, event.generation, moment);
    case 'upload_expired':
      return expire(upload, moment);
    case 'cancelled':
      return isLive(upload)
        ? end(upload, { state: 'cancelled' }, moment)
        : refused('already_ended');
    case 'deleted':
      return entomb(upload, moment);
    case 'erased':
      return closeErasure(upload, event.startedAt, moment);
    case 'driven':
      return drive(upload, moment);
    case 'reprocess_requested':
      return reprocess(upload, event, moment);
  }
};
