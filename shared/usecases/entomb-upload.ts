/** Makes the tombstone of an upload, whoever else is writing to its row, and has the rest of it erased. */
import type { DeletionMessage } from '../contracts/messages.ts';
import { RetryableError } from '../domain/errors.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import type { Cause, Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

export interface EntombDeps {
  readonly store: UploadStore;
  readonly queue: WorkQueue;
  readonly board: StatusBoard;
  readonly clock: Clock;
}

/** Writers of one row are few: its workers, the finalizer, the sweep. */
const MAX_RACES = 8;

export const deletionMessageFor = (uploadId: string): DeletionMessage => ({
  v: 1,
  kind: 'deletion',
  uploadId,
});

/**
 * Resolves when the tombstone and the message that erases the rest are durable. If nobody repeats what was interrupted, the
 * sweep finds the tombstone.
 * @param assertMay asked of every row that the tombstone is to replace; undefined when the row has gone.
 * @throws what `assertMay` throws; RetryableError.
 */
export const createEntombUpload =
  ({ store, queue, board, clock }: EntombDeps) =>
  async (
    found: Upload,
    cause: Cause,
    assertMay: (upload: Upload | undefined) => Upload,
  ): Promise<void> => {
    let upload = found;
    for (let race = 0; race < MAX_RACES; race += 1) {
      const result = transition(upload, { type: 'deleted' }, { at: clock.now(), cause });
      const answer = 'next' in result ? await store.put(result.next) : undefined;
      if (answer?.kind === 'lost') {
        upload = assertMay(answer.current);
        continue;
      }
      await board.show(documentOf('next' in result ? result.next : upload));
      return queue.send('deletions', [deletionMessageFor(upload.id)], upload.tenant);
    }
    throw new RetryableError('lost_race');
  };
