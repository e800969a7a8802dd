/**
 * Takes back children that nobody wants any more: of an upload that was deleted, of a generation that a later one has taken
 * the place of, of an archive that could not be unpacked to the last entry. Which these are, the upload's own row says, so this
 * may be done at any moment and any number of times; a worker that still made some has it done once more.
 */
import type { AbandonedMessage } from '../contracts/messages.ts';
import { abandonedOf, childrenIdOf } from '../domain/children.ts';
import { RetryableError } from '../domain/errors.ts';
import { type Group, indexesOf } from '../domain/group.ts';
import { type Cause, isDeleted, type Upload } from '../domain/upload.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { IdOfMember } from './end-group.ts';
import { createEntombUpload, type EntombDeps } from './entomb-upload.ts';
import { inTurns } from './in-turns.ts';

export interface AbandonChildrenDeps extends EntombDeps {
  readonly groups: GroupStore;
  readonly idOfMember: IdOfMember;
}

export interface AbandonChildren {
  /** Resolves when each of them is a tombstone that is being erased. */
  takeBack(upload: Upload, cause: Cause): Promise<void>;
  /** Once nobody can make children of a deleted upload any more: forgets which there were. */
  forget(upload: Upload): Promise<void>;
}

export const abandonedMessageFor = (uploadId: string): AbandonedMessage => ({
  v: 1,
  kind: 'abandoned',
  uploadId,
});

/** So many rows are read together. */
const PAGE = 100;

const assertThere = (upload: Upload | undefined): Upload => {
  if (upload === undefined) throw new RetryableError('lost_race');
  return upload;
};

export const createAbandonChildren = (deps: AbandonChildrenDeps): AbandonChildren => {
  const { store, groups, idOfMember } = deps;
  const entomb = createEntombUpload(deps);

  const groupIdsOf = (upload: Upload): readonly string[] =>
    abandonedOf(upload).map((generation) => childrenIdOf({ uploadId: upload.id, generation }));

  const takeBackAll = async (group: Group, cause: Cause): Promise<void> => {
    const ids = indexesOf(group).map((index) => idOfMember(group.id, index));
    for (let first = 0; first < ids.length; first += PAGE) {
      const children = await store.findAll(ids.slice(first, first + PAGE));
      // One that is not there was not made yet, or has been gone for long.
      const left = children.filter((child) => child !== undefined && !isDeleted(child));
      await inTurns(left, async (child) => child && entomb(child, cause, assertThere));
    }
  };

  return {
    async takeBack(upload, cause) {
      for (const id of groupIdsOf(upload)) {
        const group = await groups.find(id);
        if (group !== undefined) await takeBackAll(group, cause);
      }
    },
    async forget(upload) {
      for (const id of groupIdsOf(upload)) await groups.forget(id);
    },
  };
};
