/** Answers `GET /uploads/{id}/children`: what was in an archive, as uploads of their own, in the order of its entries. */
import { childrenIdOf } from '../domain/children.ts';
import { RequestError } from '../domain/errors.ts';
import { indexesOf } from '../domain/group.ts';
import { statusOf } from '../domain/status.ts';
import { isDeleted } from '../domain/upload.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { IdOfMember } from './end-group.ts';
import type { UploadList } from './list-uploads.ts';
import { mayRead } from './read-status.ts';

export interface ListChildrenDeps {
  readonly store: UploadStore;
  readonly groups: GroupStore;
  readonly idOfMember: IdOfMember;
}

export type ListChildren = (
  principal: Principal,
  uploadId: string,
  page: { readonly limit: number; readonly cursor?: string | undefined },
) => Promise<UploadList>;

/** The place of the first child of a page. @throws RequestError `invalid_request` for what is no cursor of ours. */
const placeIn = (cursor: string): number => {
  if (/^[1-9]\d{0,8}$/.test(cursor)) return Number(cursor);
  throw new RequestError('invalid_request', { detail: 'The cursor is not one of this list.' });
};

/**
 * Of the generation that is current. A page leaves out children that were deleted, and those that are still to be made; the
 * rest of it is as their rows are.
 * @throws RequestError `not_found`, `invalid_request`.
 */
export const createListChildren =
  ({ store, groups, idOfMember }: ListChildrenDeps): ListChildren =>
  async (principal, uploadId, { limit, cursor }) => {
    const upload = await store.find(uploadId);
    if (upload === undefined || !mayRead(principal, upload)) throw new RequestError('not_found');
    const first = cursor === undefined ? 0 : placeIn(cursor);
    const { generation } = upload;
    const group = await groups.find(childrenIdOf({ uploadId, generation }));
    if (group === undefined) return { uploads: [], cursor: undefined };
    const next = first + limit;
    const places = indexesOf(group).slice(first, next);
    const children = await store.findAll(places.map((index) => idOfMember(group.id, index)));
    return {
      uploads: children.flatMap((child) =>
        child === undefined || isDeleted(child) ? [] : [statusOf(child)],
      ),
      cursor: next < group.count ? String(next) : undefined,
    };
  };
