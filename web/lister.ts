/** Fills the list when the page opens: what this device remembers, and what the API lists, page by page. */

import type { Api } from '../client/api.ts';
import { isLive } from '../client/follow.ts';
import type { UploadStatus } from '../shared/domain/status.ts';
import type { Entry } from './entry.ts';
import type { Follower } from './follow.ts';
import type { Memory } from './remembered.ts';
import type { Shelf } from './shelf.ts';

export interface ListerOptions {
  readonly api: Pick<Api, 'list'>;
  readonly memory: Memory;
  readonly shelf: Shelf;
  readonly follower: Pick<Follower, 'follow'>;
  /** Gets what the API says of each upload. */
  readonly onStatus: (status: UploadStatus) => void;
}

export interface Lister {
  /** What is remembered, at once, and then the newest that the API lists. `true` when there is more to list. */
  readonly recall: () => Promise<boolean>;
  readonly listMore: () => Promise<boolean>;
}

/** Uploads that are listed at a time. */
const PAGE_SIZE = 25;

const following = { kind: 'following' } as const;

const listed = (status: UploadStatus): Entry => ({
  key: status.id,
  at: Date.parse(status.createdAt),
  id: status.id,
  name: status.declared?.name ?? status.id,
  size: status.size ?? status.declared?.size,
  folder: '',
  phase: following,
  status,
  isFresh: isLive(status),
  isOpen: isLive(status),
  hasFile: false,
});

/** The line with a newer status. One that this page is sending itself is left to the sending. */
const withStatus = (entry: Entry, status: UploadStatus): Entry =>
  entry.phase.kind !== 'following' || status.rev < (entry.status?.rev ?? 0)
    ? entry
    : {
        ...entry,
        status,
        name: status.declared?.name ?? entry.name,
        size: status.size ?? status.declared?.size ?? entry.size,
        isFresh: entry.isFresh || isLive(status),
        isOpen: entry.isOpen || isLive(status),
      };

/** What the API says of an upload, put into its line or into a new one. */
export const takeStatus = (shelf: Shelf, status: UploadStatus): void => {
  const entry = shelf.findUpload(status.id);
  shelf.put(entry === undefined ? listed(status) : withStatus(entry, status));
};

const showRemembered = (shelf: Shelf, memory: Memory): void => {
  for (const { id, name, size, at } of memory.uploads()) {
    if (shelf.findUpload(id) !== undefined) continue;
    const about = { key: id, at, id, name, size, folder: '', phase: following };
    shelf.put({ ...about, isFresh: false, isOpen: false, hasFile: false });
  }
};

export const createLister = (options: ListerOptions): Lister => {
  const { api, memory, shelf, follower, onStatus } = options;
  let cursor: string | undefined;

  const listMore = async (): Promise<boolean> => {
    const page = await api.list({ limit: PAGE_SIZE, cursor });
    cursor = page.cursor;
    for (const status of page.uploads) {
      if (memory.isHidden(status.id)) continue;
      onStatus(status);
      const isSentHere = shelf.findUpload(status.id)?.phase.kind !== 'following';
      if (isLive(status) && !isSentHere) follower.follow(status.id);
    }
    return cursor !== undefined;
  };

  return {
    listMore,
    async recall() {
      showRemembered(shelf, memory);
      try {
        return await listMore();
      } finally {
        // Not among the newest that the API lists: each is asked for by itself.
        for (const { id, phase, status } of shelf.all()) {
          if (id !== undefined && phase === following && status === undefined) follower.follow(id);
        }
      }
    },
  };
};
