/** Answers `GET /uploads`: the caller's own uploads, newest first, page by page. */
import { statusOf, type UploadStatus } from '../domain/status.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export interface UploadList {
  readonly uploads: readonly UploadStatus[];
  readonly cursor: string | undefined;
}

export type ListUploads = (
  principal: Principal,
  page: { readonly limit: number; readonly cursor?: string | undefined },
) => Promise<UploadList>;

export const createListUploads =
  ({ store }: { readonly store: UploadStore }): ListUploads =>
  async ({ tenant, owner }, page) => {
    const { uploads, cursor } = await store.listByOwner({ tenant, owner }, page);
    return { uploads: uploads.map(statusOf), cursor };
  };
