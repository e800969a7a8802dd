/** Answers `GET /uploads/{id}/history`. */
import { RequestError } from '../domain/errors.ts';
import { type HistoryEntry, historyOf } from '../domain/history.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import { mayRead } from './read-status.ts';

export type ReadHistory = (
  principal: Principal,
  uploadId: string,
) => Promise<readonly HistoryEntry[]>;

/** @throws RequestError `not_found`. */
export const createReadHistory =
  ({ store }: { readonly store: UploadStore }): ReadHistory =>
  async (principal, uploadId) => {
    const upload = await store.find(uploadId);
    if (upload === undefined || !mayRead(principal, upload)) throw new RequestError('not_found');
    return historyOf(upload, await store.archived(uploadId, upload.generation));
  };
