import { describe, expect, it } from 'vitest';
import {
  type Refusal,
  type Transition,
  transition,
  type UploadEvent,
} from '../../../shared/domain/transition.ts';
import { dueAtOf, type Upload, type UploadState } from '../../../shared/domain/upload.ts';
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
} from '../../support/factories.ts';

const NOW = T0 + 60 * MINUTE;
const moment = { at: NOW, cause: cause({ requestId: 'request-9', attempt: 3 }) };

const complete = allSucceeded(plan('one', 'two'));
const bucket = { origin: 'bucket', owner: 'bucket' } as const;
const { object: _object, type: _type, startedAt: _startedAt, ...neverProcessed } = ended('expired');

/** Every state, and within a state every difference that the machine makes. */
const uploads = {
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

const newer = objectVersion({ versionId: 'version-2', eTag: 'etag-2', sequencer: '0011' });
const older = objectVersion({ versionId: 'version-0', eTag: 'etag-0', sequencer: '0009' });

const accepted = (object = objectVersion()): UploadEvent => ({
  type: 'object_accepted',
  object,
  detectedType: 'text/csv',
  plan: plan('one', 'three'),
});
const refusedObject = (object = objectVersion()): UploadEvent => ({
  type: 'object_refused',
  object,
  state: 'rejected',
  code: 'too_large',
});
const outcomesOf = (generation: number): UploadEvent => ({
  type: 'outcomes_recorded',
  generation,
  outcomes: { two: failed() },
  dueAt: NOW + MINUTE,
});

const events = {
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

type EventName = keyof typeof events;
type Expected = UploadState | `refused: ${Refusal}`;
type Row = Readonly<Record<EventName, Expected>>;

const row = (
  [acceptedCell, acceptedNewer, acceptedOlder]: readonly [Expected, Expected, Expected],
  [refusedCell, refusedNewer, refusedOlder]: readonly [Expected, Expected, Expected],
  rest: Omit<Row, Extract<EventName, `accepted${string}` | `refused${string}`>>,
): Row => ({
  accepted: acceptedCell,
  'accepted newer': acceptedNewer,
  'accepted older': acceptedOlder,
  refused: refusedCell,
  'refused newer': refusedNewer,
  'refused older': refusedOlder,
  ...rest,
});

const takesNoOther = [
  'refused: duplicate',
  'refused: one_object_only',
  'refused: one_object_only',
] as const;
const takesNone = [
  'refused: already_ended',
  'refused: already_ended',
  'refused: already_ended',
] as const;

const whileAwaiting = {
  outcomes: 'refused: superseded',
  'outcomes of another generation': 'refused: superseded',
  finished: 'refused: superseded',
  'finished of another generation': 'refused: superseded',
  upload_expired: 'expired',
  parts_requested: 'awaiting_upload',
  cancelled: 'cancelled',
  deleted: 'cancelled',
  erased: 'refused: not_deleted',
  driven: 'awaiting_upload',
  reprocess_requested: 'refused: not_reprocessable',
} as const;
const whileProcessing = {
  outcomes: 'processing',
  'outcomes of another generation': 'refused: superseded',
  finished: 'refused: incomplete',
  'finished of another generation': 'refused: superseded',
  upload_expired: 'refused: superseded',
  parts_requested: 'refused: already_ended',
  cancelled: 'cancelled',
  deleted: 'cancelled',
  erased: 'refused: not_deleted',
  driven: 'processing',
  reprocess_requested: 'refused: not_reprocessable',
} as const;
const onceEnded = {
  outcomes: 'refused: already_ended',
  'outcomes of another generation': 'refused: superseded',
  finished: 'refused: already_ended',
  'finished of another generation': 'refused: superseded',
  upload_expired: 'refused: already_ended',
  parts_requested: 'refused: already_ended',
  cancelled: 'refused: already_ended',
  deleted: 'refused: duplicate',
  erased: 'refused: not_deleted',
  driven: 'refused: already_ended',
  reprocess_requested: 'refused: not_reprocessable',
} as const;
const onceEndedAs = (state: UploadState) => ({ ...onceEnded, deleted: state });
const ofGenerationZero = {
  ...onceEnded,
  outcomes: 'refused: superseded',
  finished: 'refused: superseded',
} as const;

const onceDeleted = { ...onceEnded, erased: 'completed', driven: 'completed' } as const;
const staysDeleted = ['refused: deleted', 'refused: deleted', 'refused: deleted'] as const;

const opens = ['processing', 'processing', 'processing'] as const;
const rejects = ['rejected', 'rejected', 'rejected'] as const;

/** What becomes of each upload by each event: the whole machine, no cell left out. */
const table: Readonly<Record<keyof typeof uploads, Row>> = {
  awaiting: row(opens, rejects, whileAwaiting),
  'awaiting, still early': row(opens, rejects, {
    ...whileAwaiting,
    upload_expired: 'refused: too_early',
    driven: 'refused: too_early',
  }),
  processing: row(takesNoOther, takesNoOther, whileProcessing),
  'processing, not due': row(takesNoOther, takesNoOther, {
    ...whileProcessing,
    driven: 'refused: too_early',
  }),
  'processing, complete': row(takesNoOther, takesNoOther, {
    ...whileProcessing,
    finished: 'completed',
  }),
  'processing, of the bucket': row(
    ['refused: duplicate', 'processing', 'refused: stale'],
    ['refused: duplicate', 'rejected', 'refused: stale'],
    whileProcessing,
  ),
  completed: row(takesNoOther, takesNoOther, {
    ...onceEndedAs('completed'),
    reprocess_requested: 'processing',
  }),
  'completed, of the bucket': row(
    ['refused: duplicate', 'processing', 'refused: stale'],
    ['refused: duplicate', 'rejected', 'refused: stale'],
    { ...onceEndedAs('completed'), reprocess_requested: 'processing' },
  ),
  failed: row(takesNoOther, takesNoOther, {
    ...onceEndedAs('failed'),
    reprocess_requested: 'processing',
  }),
  'failed, nothing processed': row(takesNoOther, takesNoOther, onceEndedAs('failed')),
  expired: row(takesNone, takesNone, { ...ofGenerationZero, deleted: 'expired' }),
  cancelled: row(takesNoOther, takesNoOther, onceEndedAs('cancelled')),
  'cancelled while awaiting': row(takesNone, takesNone, {
    ...ofGenerationZero,
    deleted: 'cancelled',
  }),
  rejected: row(takesNoOther, takesNoOther, onceEndedAs('rejected')),
  deleted: row(staysDeleted, staysDeleted, onceDeleted),
  'deleted, and emptied just now': row(staysDeleted, staysDeleted, {
    ...onceDeleted,
    erased: 'refused: too_early',
  }),
  'deleted, and emptied long ago': row(staysDeleted, staysDeleted, {
    ...onceDeleted,
    erased: 'cancelled',
    driven: 'refused: too_early',
  }),
  'deleted, of the bucket': row(staysDeleted, staysDeleted, onceDeleted),
  'deleted and erased': row(staysDeleted, staysDeleted, {
    ...onceDeleted,
    erased: 'refused: duplicate',
    driven: 'refused: already_ended',
  }),
};

const nameOf = (result: Transition): Expected =>
  'refused' in result ? `refused: ${result.refused}` : result.next.state;

describe.each(Object.entries(table))('an upload that is %s', (state, cells) => {
  const upload: Upload = uploads[state as keyof typeof uploads];

  it.each(Object.entries(cells))('by %s becomes %s', (event, expected) => {
    const result = transition(upload, events[event as EventName], moment);

    expect(nameOf(result)).toBe(expected);
  });
});

describe('transition', () => {
  it('moves rev on by one and stamps the time for every change it makes', () => {
    const changes = Object.values(uploads).flatMap((upload: Upload) =>
      Object.values(events).flatMap((event: UploadEvent) => {
        const result = transition(upload, event, moment);
        return 'refused' in result ? [] : [{ upload, next: result.next }];
      }),
    );

    for (const { upload, next } of changes) {
      expect(next.rev).toBe(upload.rev + 1);
      expect(next.updatedAt).toBe(NOW);
    }
    expect(changes.length).toBeGreaterThan(20);
  });

  it('leaves nothing of the file in a tombstone, and the row as small as it can be', () => {
    for (const [name, upload] of Object.entries(uploads)) {
      const result = transition(upload, { type: 'deleted' }, moment);
      if ('refused' in result) continue;

      expect(result.next, name).toMatchObject({ plan: [], outcomes: {}, deletedAt: NOW });
      expect(Object.keys(result.next), name).not.toContain('declared');
      expect(Object.keys(result.next), name).not.toContain('failure');
      expect(result.next.timeline.at(-1), name).toMatchObject({ event: 'deleted' });
    }
  });

  it('keeps a deletion due until a run of the eraser began when no late writer could be left', () => {
    const erased = (upload: Upload, startedAt: number) => {
      const result = transition(upload, { type: 'erased', startedAt }, moment);
      return 'refused' in result ? result.refused : dueAtOf(result.next);
    };
    const { deleted, 'deleted, and emptied long ago': emptied } = uploads;

    expect(erased(deleted, T0)).toBe(NOW + 30 * MINUTE);
    expect(erased(emptied, NOW - 1)).toBe('too_early');
    expect(erased(emptied, NOW)).toBeUndefined();
  });

  it('lets an upload in parts only ever wait longer, and the sweep with it', () => {
    const requested = (uploadDeadline: number) =>
      transition(awaiting(), { type: 'parts_requested', uploadDeadline }, moment);

    expect(requested(NOW)).toMatchObject({
      next: { uploadDeadline: NOW, dueAt: NOW + 15 * MINUTE },
    });
    expect(requested(awaiting().uploadDeadline)).toEqual({ refused: 'duplicate' });
    expect(requested(T0)).toEqual({ refused: 'duplicate' });
  });
});
