/** When the sweep looks at an upload that is not terminal. Every such upload always has a due time. */
import { MAX_POST_BYTES } from './parts.ts';
import type { AwaitingUpload } from './upload.ts';

const MINUTE = 60_000;

/** Life of a presigned upload address. */
export const UPLOAD_URL_SECONDS = 15 * 60;
/** S3 checks the address when a request starts, and its event can take a minute or longer: wait before expiring. */
export const EXPIRY_GRACE_MS = 15 * MINUTE;
/**
 * 1 Mbit/s: the slowest form that is waited for. S3 takes bytes as slowly as they come, once a form has begun in time;
 * 5 GiB would take twelve hours.
 */
const SLOWEST_BYTES_PER_MINUTE = (1_000_000 / 8) * 60;
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

/** When a form that began at the last moment has come, however slow, and its event too. */
export const expiryDueAt = ({
  uploadDeadline,
  declared,
}: Pick<AwaitingUpload, 'uploadDeadline' | 'declared'>): number => {
  const bytes = declared?.size ?? 0;
  const minutes = bytes > MAX_POST_BYTES ? 0 : Math.floor(bytes / SLOWEST_BYTES_PER_MINUTE);
  return uploadDeadline + EXPIRY_GRACE_MS + minutes * MINUTE;
};
