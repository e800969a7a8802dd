/**
 * Answers `POST /uploads` with an `Idempotency-Key`: however often the same request comes, and whichever of its attempts
 * died where, there is one upload. The key is bound to an id before there is a row, so no attempt can make a second one.
 */
import { createHash } from 'node:crypto';
import { UPLOAD_URL_SECONDS } from '../domain/due.ts';
import { RequestError, RetryableError } from '../domain/errors.ts';
import { statusOf } from '../domain/status.ts';
import { isDeleted, type Upload } from '../domain/upload.ts';
import type { IdempotencyStore } from '../ports/idempotency-store.ts';
import { createAdmitUploads } from './admit-uploads.ts';
import {
  type CreatedUpload,
  type CreateUploadDeps,
  createRegisterUpload,
  newUploadId,
  type RequestedFile,
  type UploadRequest,
  wayFor,
} from './create-upload.ts';

export interface CreateUploadOnceDeps extends CreateUploadDeps {
  readonly idempotency: IdempotencyStore;
}

export interface KeyedRequest extends UploadRequest {
  readonly key: string;
}

/** With no way to send it once the upload takes no file any more: its status then says why. */
export type CreatedOnce = Pick<CreatedUpload, 'status'> &
  Partial<CreatedUpload> & { readonly isRepeated: boolean };

export type CreateUploadOnce = (request: KeyedRequest) => Promise<CreatedOnce>;

/** How long a key stands for what was made under it. */
export const KEPT_MS = 24 * 60 * 60 * 1000;

const fieldsOf = ({ declared, options }: RequestedFile) => {
  const asked = options === undefined ? declared : { ...declared, options };
  return Object.entries(asked).sort(([left], [right]) => (left < right ? -1 : 1));
};

/** The same for the same request, in whatever order its fields came. */
export const fingerprintOf = (asked: RequestedFile | readonly RequestedFile[]): string => {
  const fields = 'declared' in asked ? fieldsOf(asked) : asked.map(fieldsOf);
  return createHash('sha256').update(JSON.stringify(fields)).digest('hex');
};

export const keyTaken = (): RequestError =>
  new RequestError('conflict', {
    detail: 'This Idempotency-Key was used for another request: take a new one.',
  });

/**
 * What a repeated request is answered for an upload that it made before.
 * @throws RequestError `conflict` when it was deleted.
 */
export const createRepeatUpload = ({
  objects,
  clock,
}: Pick<CreateUploadDeps, 'objects' | 'clock'>) => {
  /** A fresh form, or how to cut the file, for what is left of the time in which an upload can start. */
  const againFor = async (upload: Upload): Promise<Partial<CreatedUpload>> => {
    const { tenant, id, declared } = upload;
    if (upload.state !== 'awaiting_upload' || declared === undefined) return {};
    const seconds = Math.floor((upload.uploadDeadline - clock.now()) / 1000);
    if (seconds < 1) return {};
    const expiresSeconds = Math.min(seconds, UPLOAD_URL_SECONDS);
    return {
      ...(await wayFor({ objects }, { tenant, id, declared }, expiresSeconds)),
      expiresAt: new Date(upload.uploadDeadline).toISOString(),
    };
  };

  return async (upload: Upload): Promise<CreatedOnce> => {
    if (isDeleted(upload)) {
      throw new RequestError('conflict', {
        detail: 'The upload of this Idempotency-Key was deleted.',
      });
    }
    return { status: statusOf(upload), ...(await againFor(upload)), isRepeated: true };
  };
};

/** @throws RequestError `conflict` for another request under the same key, or when its upload was deleted. */
export const createCreateUploadOnce = (deps: CreateUploadOnceDeps): CreateUploadOnce => {
  const { store, clock, random, idempotency } = deps;
  const admit = createAdmitUploads(deps);
  const register = createRegisterUpload(deps);
  const repeat = createRepeatUpload(deps);

  return async ({ key, ...request }) => {
    const { tenant, owner } = request.principal;
    const now = clock.now();
    const fingerprint = fingerprintOf(request);
    const own = { uploadId: newUploadId(random), fingerprint, expiresAt: now + KEPT_MS };
    const { uploadId: id, ...standing } = await idempotency.claim({ tenant, owner, key }, own, now);
    if (standing.fingerprint !== fingerprint) throw keyTaken();
    const known = id === own.uploadId ? undefined : await store.find(id);
    if (known !== undefined) return repeat(known);
    // New, or the attempt that bound the key died before it made the row.
    await admit({ tenant, owner }, [{ id, size: request.declared.size }]);
    const created = await register({ ...request, id });
    if (created !== undefined) return { ...created, isRepeated: id !== own.uploadId };
    const winner = await store.find(id);
    if (winner === undefined) throw new RetryableError('lost_race');
    return repeat(winner);
  };
};
