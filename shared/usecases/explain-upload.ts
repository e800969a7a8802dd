/** Tells an operator the story of any upload. */
import { RequestError } from '../domain/errors.ts';
import { explain } from '../domain/explain.ts';
import type { UploadState } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export interface ExplainDeps {
  readonly store: UploadStore;
  readonly clock: Clock;
}

export interface Explained {
  readonly uploadId: string;
  readonly state: UploadState;
  readonly story: readonly string[];
}

/** @throws RequestError `not_found`. */
export const createExplainUpload =
  ({ store, clock }: ExplainDeps) =>
  async (uploadId: string): Promise<Explained> => {
    const upload = await store.find(uploadId);
    if (upload === undefined) throw new RequestError('not_found');
    const archived = await store.archived(uploadId, upload.generation);
    return { uploadId, state: upload.state, story: explain(upload, archived, clock.now()) };
  };
