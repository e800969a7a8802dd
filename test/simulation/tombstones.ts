/** What a deleted upload's row must be, and how it may change. */
import { type DeletedUpload, isDeleted, isLive, type Upload } from '../../shared/domain/upload.ts';
import type { Problem } from './problem.ts';

const e23 = (what: string): Problem => ({ law: 'E23', what });

/** Of the file nothing but what late events are told apart by. */
const isBare = (row: DeletedUpload): boolean =>
  row.plan.length === 0 &&
  Object.keys(row.outcomes).length === 0 &&
  row.declared === undefined &&
  row.type === undefined &&
  row.failure === undefined;

/** What is wrong with a tombstone taking the place of `before`; undefined when nothing is. */
export const tombstoneProblem = (before: Upload, after: Upload): Problem | undefined => {
  if (!isDeleted(after)) return isDeleted(before) ? e23('a deleted upload came back') : undefined;
  const state = isLive(before) ? 'cancelled' : before.state;
  if (after.state !== state) return e23(`its tombstone says ${after.state} instead of ${state}`);
  if (after.generation !== before.generation) return e23('a tombstone opened a generation');
  if (!isBare(after)) return e23('its tombstone still tells of the file');
  if (!isDeleted(before)) return undefined;
  if (after.deletedAt !== before.deletedAt) return e23('was deleted twice');
  // Whoever meets it later has it erased once more, and looked after for as long as late writers may be left.
  const isReopened = after.erasure !== undefined && before.erasure === undefined;
  return isReopened && after.erasure.emptiedAt === undefined
    ? e23('its erasure was opened again by who erased nothing')
    : undefined;
};
