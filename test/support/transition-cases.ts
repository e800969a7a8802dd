/** Every state and every event that the state machine tells apart, at one moment. */
import type { UploadEvent } from '../../shared/domain/transition.ts';
import type { Upload } from '../../shared/domain/upload.ts';
import {
  allSucceeded,
  awaiting,
  cause,
  ended,
  failed,
  MINUTE,
  objectVersion,
  plan,
  processing,
  succeeded,
  T0,
} from './factories.ts';

export const NOW = T0 + 60 * MINUTE;
export const moment = { at: NOW, cause: cause({ requestId: 'request-9', attempt: 3 }) };

const complete = allSucceeded(plan('one', 'two'));
export const bucket = { origin: 'bucket', owner: 'bucket' } as const;
const { object: _object, type: _type, startedAt: _startedAt, ...neverProcessed } = ended('expired');

/** Every state, and within a state every difference that the machine makes. */
export const uploads = {
  awaiting: awaiting(),
  'awaiting, still early': awaiting({ uploadDeadline: NOW + 1, dueAt: NOW + 1 }),
  processing: processing(),
  'processing, not due': processing({ dueAt: NOW + 1 }),
  'processing, complete': processing({ outcomes: complete }),
  'processing, of the bucket': processing(bucket),
  completed: ended('completed', { outcomes: complete }),
  'completed, of the bucket': ended('completed', { ...bucket, outcomes: complete }),
  failed: ended('failed', { outcomes: { one: failed(), two: succeeded() } }),
  'failed, nothing processed': { ...neverProcessed, state: 'failed', object: objectVersion() },
  expired: { ...neverProcessed, state: 'expired', generation: 0 },
  cancelled: ended('cancelled'),
  'cancelled while awaiting': { ...neverProcessed, state: 'cancelled', generation: 0 },
  rejected: { ...neverProcessed, state: 'rejected', object: objectVersion(), plan: [] },
  deleted: ended('completed', { deletedAt: NOW - 1, erasure: { dueAt: NOW, drives: 0 } }),
  'deleted, and emptied just now': ended('completed', {
    deletedAt: NOW - 60 * MINUTE,
    erasure: { dueAt: NOW, drives: 2, emptiedAt: NOW - 30 * MINUTE + 1 },
  }),
  'deleted, and emptied long ago': ended('cancelled', {
    deletedAt: NOW - 30 * MINUTE,
    erasure: { dueAt: NOW + 1, drives: 2, emptiedAt: NOW - 30 * MINUTE },
  }),
  'deleted, of the bucket': ended('completed', {
    ...bucket,
    deletedAt: NOW - 1,
    erasure: { dueAt: NOW, drives: 0 },
  }),
  'deleted and erased': ended('completed', { deletedAt: NOW - 60 * MINUTE }),
} as const satisfies Record<string, Upload>;

export const newer = objectVersion({ versionId: 'version-2', eTag: 'etag-2', sequencer: '0011' });
const older = objectVersion({ versionId: 'version-0', eTag: 'etag-0', sequencer: '0009' });

export const accepted = (object = objectVersion()): UploadEvent => ({
  type: 'object_accepted',
  object,
  detectedType: 'text/csv',
  plan: plan('one', 'three'),
});
export const refusedObject = (object = objectVersion()): UploadEvent => ({
  type: 'object_refused',
  object,
  state: 'rejected',
  code: 'too_large',
});
export const outcomesOf = (generation: number): UploadEvent => ({
  type: 'outcomes_recorded',
  generation,
  outcomes: { two: failed() },
  dueAt: NOW + MINUTE,
});

export const events = {
  accepted: accepted(),
  'accepted newer': accepted(newer),
  'accepted older': accepted(older),
  refused: refusedObject(),
  'refused newer': refusedObject(newer),
  'refused older': refusedObject(older),
  outcomes: outcomesOf(1),
  'outcomes of another generation': outcomesOf(7),
  finished: { type: 'finished', generation: 1 },
  'finished of another generation': { type: 'finished', generation: 7 },
  upload_expired: { type: 'upload_expired' },
  cancelled: { type: 'cancelled' },
  deleted: { type: 'deleted' },
  parts_requested: { type: 'parts_requested', uploadDeadline: NOW + 2 * MINUTE },
  erased: { type: 'erased', startedAt: NOW },
  driven: { type: 'driven' },
  reprocess_requested: { type: 'reprocess_requested', plan: plan('one') },
} as const satisfies Record<string, UploadEvent>;
