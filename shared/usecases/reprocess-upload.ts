/**
 * Processes the object of an ended upload once more, as a generation of its own; the old one stays in the history. Steps that
 * succeeded and would come out alike are not worked again, unless that is asked for.
 */
import { RequestError, RetryableError } from '../domain/errors.ts';
import { type Plannable, planFor } from '../domain/plan.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import type { Cause, ProcessingUpload } from '../domain/upload.ts';
import type { DriveDeps, DriveForward } from './drive-forward.ts';
import { keepGeneration } from './keep-generation.ts';

export interface ReprocessDeps extends DriveDeps {
  readonly driveForward: DriveForward;
  readonly processors: readonly Plannable[];
}

export interface ReprocessTerms {
  /** Work every step anew, also those that would come out alike. */
  readonly isFresh?: boolean;
}

export type ReprocessUpload = (
  uploadId: string,
  cause: Cause,
  terms?: ReprocessTerms,
) => Promise<ProcessingUpload>;

/**
 * @throws RequestError `not_found`; `invalid_request` while the upload is not completed or failed;
 *   RetryableError `lost_race`.
 */
export const createReprocessUpload =
  ({ store, queue, board, clock, driveForward, processors }: ReprocessDeps): ReprocessUpload =>
  async (uploadId, cause, { isFresh = false } = {}) => {
    const upload = await store.find(uploadId);
    if (upload === undefined) throw new RequestError('not_found');
    const file = { type: upload.type ?? '', size: upload.object?.size ?? 0 };
    const plan = planFor(file, processors, upload.options);
    const result = transition(
      upload,
      { type: 'reprocess_requested', plan, isFresh },
      { at: clock.now(), cause },
    );
    if ('refused' in result || result.next.state !== 'processing' || !('endedAt' in upload)) {
      throw new RequestError('invalid_request', {
        detail: 'Only an upload that completed or failed can be processed again.',
      });
    }
    await keepGeneration({ store, queue }, upload);
    const answer = await store.put(result.next);
    if (answer.kind === 'lost') throw new RetryableError('lost_race');
    await board.show(documentOf(result.next));
    await driveForward(result.next, cause);
    return result.next;
  };
