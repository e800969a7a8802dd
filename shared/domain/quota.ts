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
  /** Short name of whoever announced it; older ones have none. */
  readonly owner?: string | undefined;
}

/** All of a tenant, also for uploads that wait no more and were not settled yet. */
export interface Reservations {
  readonly held: readonly Reservation[];
  /** When the uploads behind them were last looked at; 0 for never. */
  readonly settledAt: number;
}

export interface Amount {
  readonly uploads: number;
  readonly bytes: number;
}

export interface Room extends Amount {
  /** What one owner may have of it, so that nobody locks the others out; without it all. */
  readonly share?: Amount | undefined;
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
  const all = {
    uploads: Math.min(uploads ?? MAX_RESERVED_UPLOADS, MAX_RESERVED_UPLOADS),
    bytes: bytes ?? Number.MAX_SAFE_INTEGER,
  };
  const share = { uploads: Math.ceil(all.uploads / 2), bytes: Math.ceil(all.bytes / 2) };
  return { ...all, share };
};

export const ratesWith = (
  rates: Rates,
  { requestsPerSecond, pollsPerSecond }: TenantQuota,
): Rates => ({
  requests: requestsPerSecond === undefined ? rates.requests : rateOf(requestsPerSecond),
  polls: pollsPerSecond === undefined ? rates.polls : rateOf(pollsPerSecond),
});

export const usedBy = (held: readonly Reservation[]): Amount => ({
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

const lackIn = (most: Amount, used: Amount, more: Amount): keyof Amount | undefined => {
  if (used.uploads + more.uploads > most.uploads) return 'uploads';
  return used.bytes + more.bytes > most.bytes ? 'bytes' : undefined;
};

/** What is held by the one owner of all that is asked for. */
const ownOf = (held: readonly Reservation[], asked: readonly Reservation[]) =>
  held.filter(({ owner }) => owner === asked[0]?.owner);

/**
 * What does not fit into the room together with what is held; undefined when all of it does. An owner's only upload may be
 * larger than a share: else a file that the deployment takes would never be taken.
 */
export const lackOf = (
  room: Room,
  held: readonly Reservation[],
  asked: readonly Reservation[],
): keyof Amount | undefined => {
  if (asked.length === 0) return undefined;
  const [own, more] = [ownOf(held, asked), usedBy(asked)];
  const inAll = lackIn(room, usedBy(held), more);
  const isOnly = own.length + asked.length === 1;
  if (inAll !== undefined || room.share === undefined || isOnly) return inAll;
  return lackIn(room.share, usedBy(own), more);
};

/**
 * How much all may hold together after `asked` was added, by whoever read only `held`: no more than keeps the owner within
 * its share even if all that came since is its own. So two sums are enough to keep every owner's share under any number of
 * writers.
 */
export const boundOf = (
  room: Room,
  held: readonly Reservation[],
  asked: readonly Reservation[],
): Amount => {
  const { share } = room;
  if (share === undefined) return room;
  const [all, own, more] = [usedBy(held), usedBy(ownOf(held, asked)), usedBy(asked)];
  const upTo = (kind: keyof Amount) =>
    Math.min(room[kind], all[kind] + Math.max(share[kind] - own[kind], more[kind]));
  return { uploads: upTo('uploads'), bytes: upTo('bytes') };
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
