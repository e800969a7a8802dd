/**
 * Erases everything of a deleted upload but its tombstone: objects with all their versions, derived files, its children, every
 * row beside its own, and what the board shows. Workers that began before the deletion may write after it, so it is done again
 * until none of them can be left; the sweep sees to that.
 */
import type { DeletionMessage, ErasureMessage } from '../contracts/messages.ts';
import { wasRefused } from '../domain/children.ts';
import { hasLateWriters } from '../domain/deletion.ts';
import { RetryableError } from '../domain/errors.ts';
import { incomingKey } from '../domain/object-key.ts';
import { documentOf } from '../domain/status.ts';
import { transition } from '../domain/transition.ts';
import { type DeletedUpload, dueAtOf, isDeleted } from '../domain/upload.ts';
import type { ContentIndex } from '../ports/content-index.ts';
import type { ObjectEraser, RowEraser } from '../ports/eraser.ts';
import { createAbandonChildren } from './abandon-children.ts';
import { createEndGroup, type EndGroupDeps } from './end-group.ts';
import { notificationOf } from './finish-upload.ts';
import { causeOf, type RecordMeta } from './record-meta.ts';

export interface EraseUploadDeps extends EndGroupDeps {
  readonly contents: ContentIndex;
  readonly objectEraser: ObjectEraser;
  readonly rowEraser: RowEraser;
}

export type EraseUpload = (message: ErasureMessage, meta: RecordMeta) => Promise<void>;

export const createEraseUpload = (deps: EraseUploadDeps): EraseUpload => {
  const { store, queue, board, clock, contents, objectEraser, rowEraser } = deps;
  const endGroup = createEndGroup(deps);
  const children = createAbandonChildren(deps);

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

  /** A worker may make more of them until all late writers are gone; then they are not even remembered. */
  const eraseChildren = async (upload: DeletedUpload, startedAt: number, meta: RecordMeta) => {
    if (upload.erasure?.hasChildren !== true) return;
    await children.takeBack(upload, causeOf(meta));
    if (!hasLateWriters(upload, startedAt)) await children.forget(upload);
  };

  const erase = async ({ uploadId }: DeletionMessage, meta: RecordMeta): Promise<void> => {
    const startedAt = clock.now();
    const upload = await store.find(uploadId);
    if (upload === undefined || !isDeleted(upload)) return;
    await board.show(documentOf(upload));
    // What had ended by itself is told of by the finalizer; what the deletion ended, nobody else knows of, nor may anybody of
    // an entry that could not be made.
    if (upload.state === 'cancelled' || wasRefused(upload))
      await queue.send('notifications', [notificationOf(upload)], upload.tenant);
    await endGroup.arrived(upload, causeOf(meta));
    await eraseChildren(upload, startedAt, meta);
    const { tenant, erasure: { sha256 } = {} } = upload;
    if (sha256 !== undefined) await contents.forget({ tenant, sha256 }, uploadId);
    await objectEraser.eraseIncoming(incomingKey(upload.tenant, uploadId));
    await objectEraser.eraseResults(uploadId);
    await rowEraser.eraseRows(uploadId);
    await close(upload, startedAt, meta);
  };

  return async (message, meta) => {
    if (message.kind === 'deletion') return erase(message, meta);
    const upload = await store.find(message.uploadId);
    if (upload !== undefined) await children.takeBack(upload, causeOf(meta));
  };
};
