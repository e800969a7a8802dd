/** Answers `DELETE /uploads/{id}`: from now on the upload is gone for everybody; what lies around of it is erased behind that. */
import type { DeletionMessage } from '../contracts/messages.ts';
import { RequestError, RetryableError } from '../domain/errors.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { BUCKET_OWNER, type Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

export interface DeleteUploadDeps {
  readonly store: UploadStore;
  readonly queue: WorkQueue;
  readonly board: StatusBoard;
  readonly clock: Clock;
}

export type DeleteUpload = (
  principal: Principal,
  uploadId: string,
  requestId: string,
) => Promise<void>;

/** Writers of one row are few: its workers, the finalizer, the sweep. */
const MAX_RACES = 8;

export const deletionMessageFor = (uploadId: string): DeletionMessage => ({
  v: 1,
  kind: 'deletion',
  uploadId,
});

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
export const createDeleteUpload =
  ({ store, queue, board, clock }: DeleteUploadDeps): DeleteUpload =>
  async (principal, uploadId, requestId) => {
    let upload = assertMayDelete(principal, await store.find(uploadId));
    for (let race = 0; race < MAX_RACES; race += 1) {
      const moment = { at: clock.now(), cause: { requestId, attempt: 1 } };
      const result = transition(upload, { type: 'deleted' }, moment);
      const answer = 'next' in result ? await store.put(result.next) : undefined;
      if (answer?.kind === 'lost') {
        upload = assertMayDelete(principal, answer.current);
        continue;
      }
      await board.show(documentOf('next' in result ? result.next : upload));
      return queue.send('deletions', [deletionMessageFor(uploadId)], upload.tenant);
    }
    throw new RetryableError('lost_race');
  };
