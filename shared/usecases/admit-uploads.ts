/**
 * Lets a tenant announce no more than it may have on its way. Room is set aside before a form is given away, and is free
 * again as soon as the upload waits no more for its file: nobody gives it back, whoever needs room asks the uploads
 * themselves which of them still wait. So no event that is late, lost or told twice can make the account wrong.
 */
import { createHash } from 'node:crypto';
import { RequestError } from '../domain/errors.ts';
import {
  counts,
  type EveryonesQuota,
  freshOf,
  lackOf,
  type Reservation,
  type Room,
  roomOf,
} from '../domain/quota.ts';
import type { Clock } from '../ports/clock.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { ReservationStore } from '../ports/tenant-quota-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { QuotaOf } from './tenant-quotas.ts';

export interface AdmitDeps {
  readonly store: UploadStore;
  readonly reservations: ReservationStore;
  readonly quotaOf: QuotaOf;
  /** Of tenants without limits of their own. */
  readonly everyonesQuota: EveryonesQuota;
  readonly clock: Clock;
  /** What one file may have in this deployment. */
  readonly maxFileBytes: number;
}

/** An upload that is about to be made. */
export interface Candidate {
  readonly id: string;
  readonly size: number;
}

/**
 * All of them or none; idempotent by id. @throws RequestError `too_many_uploads`, `too_many_bytes` when there is no room
 * now, `over_quota` when there never will be; `invalid_request` for a file that this deployment does not take.
 */
export type AdmitUploads = (
  principal: Pick<Principal, 'tenant' | 'owner'>,
  candidates: readonly Candidate[],
) => Promise<void>;

/** A tenant that is full asks its uploads no more often than this, however often it tries. */
const SETTLE_PAUSE_MS = 2_000;

/** The set is one row, which every write pays for: beyond so many it is looked for what waits no more, full or not. */
const EASY_UPLOADS = 50;
/** When so many wait indeed, they are not looked through again for so long, unless there is no room. */
const CROWDED_MS = 10_000;

const CODES = { uploads: 'too_many_uploads', bytes: 'too_many_bytes' } as const;

/** Stands in the row once for each upload, so it is short. */
const shortNameOf = (owner: string): string =>
  createHash('sha256').update(owner).digest('base64url').slice(0, 8);

const refuse = (code: RequestError['code'], room: Room): never => {
  const limit = room.bytes === Number.MAX_SAFE_INTEGER ? '' : ` of ${room.bytes} bytes`;
  throw new RequestError(code, {
    detail: `A tenant may have ${room.uploads} uploads${limit} on their way, and one user of it half of that.`,
  });
};

export const createAdmitUploads = (deps: AdmitDeps): AdmitUploads => {
  const { store, reservations, quotaOf, everyonesQuota, clock, maxFileBytes } = deps;

  /** The tenant that was last found to have more than is easy. */
  let crowded = { tenant: '', until: 0 };

  /** Lets go of what waits no more. @returns what still does. */
  const settle = async (tenant: string): Promise<readonly Reservation[]> => {
    const { held, settledAt } = await reservations.held(tenant);
    const now = clock.now();
    if (Math.abs(now - settledAt) < SETTLE_PAUSE_MS) return held;
    const uploads = await store.findAll(held.map(({ uploadId }) => uploadId));
    const isOpen = held.map((one, index) => counts(one, uploads[index], now));
    const ended = held.filter((_, index) => isOpen[index] === false);
    await reservations.settle(tenant, ended, now);
    return held.filter((_, index) => isOpen[index]);
  };

  return async ({ tenant, owner: name }, candidates) => {
    if (candidates.some(({ size }) => size > maxFileBytes)) {
      throw new RequestError('invalid_request', {
        detail: `A file may have ${maxFileBytes} bytes at most.`,
      });
    }
    const room = roomOf(await quotaOf(tenant), everyonesQuota);
    if (room === undefined) return;
    const [at, owner] = [clock.now(), shortNameOf(name)];
    const asked = candidates.map(({ id: uploadId, size }) => ({ uploadId, size, at, owner }));
    if (lackOf(room, [], asked) !== undefined) refuse('over_quota', room);
    const isCrowded = crowded.tenant === tenant && at < crowded.until;
    const easy = { ...room, uploads: Math.min(room.uploads, EASY_UPLOADS) };
    const first = isCrowded ? room : easy;
    if ((await reservations.reserve(tenant, asked, first)) === 'reserved') return;
    const held = await settle(tenant);
    if (held.length + asked.length > EASY_UPLOADS) crowded = { tenant, until: at + CROWDED_MS };
    const lack = lackOf(room, held, freshOf(asked, held));
    if (lack !== undefined) return refuse(CODES[lack], room);
    if ((await reservations.reserve(tenant, asked, room)) === 'reserved') return;
    // Others took what had become free.
    refuse('too_many_uploads', room);
  };
};
