/** What one tenant may have on its way at the same time, and what of it is reserved: a set by upload, never a counter alone. */
import { expiryDueAt } from './due.ts';
import { type Rates, rateOf } from './rate.ts';
import type { Upload } from './upload.ts';

/** A tenant's own limits; what is not named is as everywhere. */
export interface TenantQuota {
  /** Uploads that wait for their file. */
  readonly uploads?: number | undefined;
  /** Bytes that were announced by these. */
  readonly bytes?: number | undefined;
  readonly requestsPerSecond?: number | undefined;
  readonly pollsPerSecond?: number | undefined;
}

/** Room that was set aside for one upload when it was announced. */
export interface Reservation {
  readonly uploadId: string;
  readonly size: number;
  readonly at: number;
}

/** All of a tenant, also for uploads that wait no more and were not settled yet. */
export interface Reservations {
  readonly held: readonly Reservation[];
  /** When the uploads behind them were last looked at; 0 for never. */
  readonly settledAt: number;
}

export interface Room {
  readonly uploads: number;
  readonly bytes: number;
}

/** The set is one row, so its length is bounded also for a tenant that only has a limit of bytes. */
export const MAX_RESERVED_UPLOADS = 1_000;

/** What every tenant may that has no limits of its own; undefined is without limit. */
export type EveryonesQuota = Pick<TenantQuota, 'uploads' | 'bytes'>;

/** Undefined for a tenant that has no such limit: nothing is written for it. */
export const roomOf = (own: TenantQuota, everyones: EveryonesQuota): Room | undefined => {
  const uploads = own.uploads ?? everyones.uploads;
  const bytes = own.bytes ?? everyones.bytes;
  if (uploads === undefined && bytes === undefined) return undefined;
  return {
    uploads: Math.min(uploads ?? MAX_RESERVED_UPLOADS, MAX_RESERVED_UPLOADS),
    bytes: bytes ?? Number.MAX_SAFE_INTEGER,
  };
};

export const ratesWith = (
  rates: Rates,
  { requestsPerSecond, pollsPerSecond }: TenantQuota,
): Rates => ({
  requests: requestsPerSecond === undefined ? rates.requests : rateOf(requestsPerSecond),
  polls: pollsPerSecond === undefined ? rates.polls : rateOf(pollsPerSecond),
});

export const usedBy = (held: readonly Reservation[]): Room => ({
  uploads: held.length,
  bytes: held.reduce((sum, { size }) => sum + size, 0),
});

/** What is asked for and not held yet: only this needs room. */
export const freshOf = (
  asked: readonly Reservation[],
  held: readonly Reservation[],
): readonly Reservation[] => {
  const known = new Set(held.map(({ uploadId }) => uploadId));
  return asked.filter(({ uploadId }) => !known.has(uploadId));
};

/** What does not fit into the room together with what is held; undefined when all of it does. */
export const lackOf = (
  room: Room,
  held: readonly Reservation[],
  asked: readonly Reservation[],
): keyof Room | undefined => {
  if (asked.length === 0) return undefined;
  const [used, more] = [usedBy(held), usedBy(asked)];
  if (used.uploads + more.uploads > room.uploads) return 'uploads';
  return used.bytes + more.bytes > room.bytes ? 'bytes' : undefined;
};

/** A reservation is made before its row; after so long there will be none, because the one who made it has died. */
const ROW_FOLLOWS_MS = 60_000;

/**
 * Does it still count? The upload's own row says so, whatever became of any event: it counts while the upload waits for its
 * file, and at the longest until the time at which the sweep ends it, so that not even a sweep that stands still locks
 * anybody out.
 */
export const counts = ({ at }: Reservation, upload: Upload | undefined, now: number): boolean => {
  if (upload === undefined) return now < at + ROW_FOLLOWS_MS;
  return upload.state === 'awaiting_upload' && now < expiryDueAt(upload);
};
