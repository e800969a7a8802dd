/** What must be durable before the next generation takes the place of a row. */
import type { Upload } from '../domain/upload.ts';
import { type DriveDeps, finalizeMessageFor } from './drive-forward.ts';

/**
 * Keeps the last row of a generation, if there was one. Of one that had ended, the finalizer is asked to tell once more: whoever ended it
 * may have died before it told anybody, and from the next generation's row nobody could see that any more.
 */
export const keepGeneration = async (
  { store, queue }: Pick<DriveDeps, 'store' | 'queue'>,
  upload: Upload,
): Promise<void> => {
  if (upload.generation === 0 || upload.state === 'awaiting_upload') return;
  await store.archive(upload);
  if (upload.state === 'processing') return;
  await queue.send('finalize', [finalizeMessageFor(upload.id, upload.generation)], upload.tenant);
};
