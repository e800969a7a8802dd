/** When the sweep looks at an upload that is not terminal. Every such upload always has a due time. */

const MINUTE = 60_000;

/** Life of a presigned upload address. */
export const UPLOAD_URL_SECONDS = 15 * 60;
/** S3 checks the address when a request starts, and its event can take a minute or longer: wait before expiring. */
export const EXPIRY_GRACE_MS = 15 * MINUTE;
/** A lane message is seen again after its visibility timeout; below that a re-drive would only add duplicates. */
export const FIRST_DRIVE_MS = 20 * MINUTE;
const LONGEST_DRIVE_MS = 6 * 60 * MINUTE;
/** After so many re-drives, about 27 hours, missing outcomes are given up as `stuck`. */
export const MAX_DRIVES = 8;

/** Due times are rounded up to this: most files end within one slot, and an index whose key stays is not written again. */
const SLOT_MS = 10 * MINUTE;

/** Due time after `drives` re-drives: doubling, so that a long backlog is not fed with duplicates. Up to a slot later. */
export const nextDriveAt = (now: number, drives: number): number =>
  Math.ceil((now + Math.min(FIRST_DRIVE_MS * 2 ** drives, LONGEST_DRIVE_MS)) / SLOT_MS) * SLOT_MS;

/**
 * A worker runs for 15 minutes at most, and a form that was given away takes uploads for as long: what is erased this long
 * after nothing was left for a worker to open is written by nobody any more. As much again is for clocks that differ.
 */
export const LATE_WRITERS_MS = 30 * MINUTE;

export const expiryDueAt = (uploadDeadline: number): number => uploadDeadline + EXPIRY_GRACE_MS;
