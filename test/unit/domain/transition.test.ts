/** The state machine, cell by cell. */
import { describe, expect, it } from 'vitest';
import { type Refusal, type Transition, transition } from '../../../shared/domain/transition.ts';
import type { Upload, UploadState } from '../../../shared/domain/upload.ts';
import { events, moment, uploads } from '../../support/transition-cases.ts';

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
