/**
 * For a worker whose outcomes are refused, after what it may have written: files of an upload that its owner took back, or
 * children of a generation that nobody waits for. Whoever wrote them acknowledges its own message only after this one is durable.
 */
import type { LaneMessage } from '../contracts/messages.ts';
import { ENTRIES_STEP } from '../domain/children.ts';
import { isDeleted, type Upload } from '../domain/upload.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import { abandonedMessageFor } from './abandon-children.ts';
import { eraseAgain } from './delete-upload.ts';

/** @param current the row that refused them. */
export const clearAfterWorker = async (
  deps: { readonly queue: WorkQueue },
  { uploadId, tenant, steps }: Pick<LaneMessage, 'uploadId' | 'tenant' | 'steps'>,
  current: Upload | undefined,
): Promise<void> => {
  if (current !== undefined && isDeleted(current)) return eraseAgain(deps, current);
  if (!steps.includes(ENTRIES_STEP)) return;
  await deps.queue.send('deletions', [abandonedMessageFor(uploadId)], tenant);
};
