/** The way of an upload whose owner deletes it: a tombstone, erased again until no late writer is left, then only kept. */
import { LATE_WRITERS_MS, nextDriveAt } from './due.ts';
import { type Moment, refused, stamp, type Transition } from './transition-result.ts';
import { type EndedUpload, type Erasure, isDeleted, isLive, type Upload } from './upload.ts';

/** Keeps what late writers and late events are told apart by, and nothing of what the file was. */
export const entomb = (upload: Upload, moment: Moment): Transition => {
  if (isDeleted(upload)) return refused('duplicate');
  const { id, tenant, owner, origin, declared, options, group, createdAt, generation, object } =
    upload;
  const state = isLive(upload) ? 'cancelled' : upload.state;
  const tombstone: EndedUpload = {
    ...{ id, tenant, owner, origin, createdAt, generation },
    ...(object === undefined ? {} : { object }),
    // Its group counts it as arrived.
    ...(group === undefined ? {} : { group }),
    ...stamp(upload, moment, { event: 'deleted', generation, state }),
    plan: [],
    outcomes: {},
    state,
    endedAt: isLive(upload) ? moment.at : upload.endedAt,
    deletedAt: moment.at,
    erasure: {
      dueAt: nextDriveAt(moment.at, 0),
      drives: 0,
      ...(declared?.sha256 === undefined ? {} : { sha256: declared.sha256 }),
      ...(options?.unpack === true ? { hasChildren: true as const } : {}),
    },
  };
  return { next: tombstone };
};

/** Whether somebody who had begun before the deletion may have written after a run of the eraser that began at `startedAt`. */
export const hasLateWriters = ({ erasure }: EndedUpload, startedAt: number): boolean =>
  erasure !== undefined &&
  (erasure.emptiedAt === undefined || startedAt < erasure.emptiedAt + LATE_WRITERS_MS);

/**
 * Somebody met a tombstone whose erasure was over, days later as it may be: another one at the same message may have begun
 * then too, and writes when this run is done. Whether it makes children, its row does not say any more.
 */
const REOPENED: Erasure = { dueAt: 0, drives: 0, hasChildren: true };

/**
 * A run of the eraser that began at `startedAt` left nothing. From the first such run on no worker can open the bytes any
 * more; whoever had opened them before may still write, so only a run that begins when they are all gone ends the deletion.
 */
export const closeErasure = (upload: Upload, startedAt: number, moment: Moment): Transition => {
  if (!isDeleted(upload)) return refused('not_deleted');
  const { erasure = REOPENED, ...rest } = upload;
  const { generation, state } = upload;
  if (erasure.emptiedAt === undefined) {
    const emptied = {
      ...erasure,
      emptiedAt: moment.at,
      dueAt: moment.at + LATE_WRITERS_MS,
    };
    const { rev } = upload;
    return { next: { ...rest, rev: rev + 1, updatedAt: moment.at, erasure: emptied } };
  }
  if (hasLateWriters(upload, startedAt)) return refused('too_early');
  return { next: { ...rest, ...stamp(upload, moment, { event: 'erased', generation, state }) } };
};

/** The sweep has a deleted upload erased once more. */
export const driveErasure = (upload: EndedUpload, moment: Moment): Transition => {
  const { generation, state, erasure } = upload;
  if (erasure === undefined) return refused('already_ended');
  if (erasure.dueAt > moment.at) return refused('too_early');
  const drives = erasure.drives + 1;
  return {
    next: {
      ...upload,
      ...stamp(upload, moment, { event: 'driven', generation, state }),
      erasure: { ...erasure, dueAt: nextDriveAt(moment.at, drives), drives },
    },
  };
};
