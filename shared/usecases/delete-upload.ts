/** Answers `DELETE /uploads/{id}`: from now on the upload is gone for everybody; what lies around of it is erased behind that. */
import { RequestError } from '../domain/errors.ts';
import { BUCKET_OWNER, type Upload } from '../domain/upload.ts';
import type { Principal } from '../ports/session-verifier.ts';
import { createEntombUpload, deletionMessageFor, type EntombDeps } from './entomb-upload.ts';

export type DeleteUploadDeps = EntombDeps;

export type DeleteUpload = (
  principal: Principal,
  uploadId: string,
  requestId: string,
) => Promise<void>;

/**
 * For whoever meets a tombstone where it has written, or may have: its owner wanted nothing of the upload here. Erasing
 * comes after what was written, because whoever wrote it acknowledges its own message only after this one is durable.
 */
export const eraseAgain = (
  { queue }: Pick<DeleteUploadDeps, 'queue'>,
  { id, tenant }: Pick<Upload, 'id' | 'tenant'>,
): Promise<void> => queue.send('deletions', [deletionMessageFor(id)], tenant);

/** @throws RequestError for whoever may not delete it: `not_found`, unless it could be read. */
const assertMayDelete = (principal: Principal, upload: Upload | undefined): Upload => {
  if (upload === undefined || upload.tenant !== principal.tenant) {
    throw new RequestError('not_found');
  }
  if (upload.owner === BUCKET_OWNER) {
    throw new RequestError('invalid_request', {
      detail: 'It was put into the bucket by another tool, which also takes it out again.',
    });
  }
  if (upload.owner !== principal.owner) throw new RequestError('not_found');
  return upload;
};

/**
 * Resolves when the tombstone and the message that erases the rest are durable. Whoever is not told so may ask again;
 * if nobody does, the sweep finds the tombstone.
 * @throws RequestError `not_found`, `invalid_request`; RetryableError.
 */
export const createDeleteUpload = (deps: DeleteUploadDeps): DeleteUpload => {
  const entomb = createEntombUpload(deps);
  return async (principal, uploadId, requestId) => {
    const assertMay = (upload: Upload | undefined) => assertMayDelete(principal, upload);
    const upload = assertMay(await deps.store.find(uploadId));
    await entomb(upload, { requestId, attempt: 1 }, assertMay);
  };
};
