/**
 * Erases everything of a deleted upload but its tombstone: objects with all their versions, derived files, every row
 * beside its own, and what the board shows. Workers that began before the deletion may write after it, so it is done again
 * until none of them can be left; the sweep sees to that.
 */
import type { DeletionMessage } from '../contracts/messages.ts';
import { RetryableError } from '../domain/errors.ts';
import { incomingKey } from '../domain/object-key.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { type DeletedUpload, dueAtOf, isDeleted } from '../domain/upload.ts';
import type { ContentIndex } from '../ports/content-index.ts';
import type { ObjectEraser, RowEraser } from '../ports/eraser.ts';
import type { DeleteUploadDeps } from './delete-upload.ts';
import { createEndGroup, type EndGroupDeps } from './end-group.ts';
import { notificationOf } from './finish-upload.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

export interface EraseUploadDeps extends DeleteUploadDeps, EndGroupDeps {
  readonly contents: ContentIndex;
  readonly objectEraser: ObjectEraser;
  readonly rowEraser: RowEraser;
}

export type EraseUpload = (message: DeletionMessage, meta: RecordMeta) => Promise<void>;

export const createEraseUpload = (deps: EraseUploadDeps): EraseUpload => {
  const { store, queue, board, clock, contents, objectEraser, rowEraser } = deps;
  const endGroup = createEndGroup(deps);

  /** A run that met a change of the row says nothing about what came with it: it is delivered again. */
  const close = async (
    upload: DeletedUpload,
    startedAt: number,
    meta: RecordMeta,
  ): Promise<void> => {
    const moment = { at: clock.now(), cause: causeOf(meta) };
    const result = transition(upload, { type: 'erased', startedAt }, moment);
    if ('refused' in result) return;
    const answer = await store.put(result.next);
    if (answer.kind === 'lost') throw new RetryableError('lost_race');
    await board.show(documentOf(result.next));
    const isLast = dueAtOf(result.next) === undefined;
    if (isLast) meta.logger.info({ uploadId: upload.id }, 'upload erased');
  };

  return async ({ uploadId }, meta) => {
    const startedAt = clock.now();
    const upload = await store.find(uploadId);
    if (upload === undefined || !isDeleted(upload)) return;
    await board.show(documentOf(upload));
    // What had ended by itself is told of by the finalizer; what the deletion ended, nobody else knows of.
    if (upload.state === 'cancelled')
      await queue.send('notifications', [notificationOf(upload)], upload.tenant);
    await endGroup.arrived(upload);
    const { tenant, erasure: { sha256 } = {} } = upload;
    if (sha256 !== undefined) await contents.forget({ tenant, sha256 }, uploadId);
    await objectEraser.eraseIncoming(incomingKey(upload.tenant, uploadId));
    await objectEraser.eraseResults(uploadId);
    await rowEraser.eraseRows(uploadId);
    await close(upload, startedAt, meta);
  };
};
