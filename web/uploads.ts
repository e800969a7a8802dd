/** The list behind the page: what was chosen here, what an earlier visit left and what the API lists, each followed to its end. */
import type { UploadStatus } from '../shared/domain/status.ts';
import type { Api } from './api.ts';
import type { Entry } from './entry.ts';
import { createFollower, isLive } from './follow.ts';
import type { ChosenFile } from './intake.ts';
import type { Memory } from './remembered.ts';
import { createSender } from './sender.ts';
import { createShelf, type Shelf, type ShelfOptions } from './shelf.ts';
import type { Transfer } from './transfer.ts';

export interface UploadsOptions extends ShelfOptions {
  readonly api: Api;
  readonly memory: Memory;
  readonly transfer: Transfer;
  /** A sentence while the API does not answer. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

export interface Uploads {
  readonly all: () => readonly Entry[];
  add(files: readonly ChosenFile[]): void;
  /** What an earlier visit left, at once, and then what the API lists. `true` when there is more to list. */
  recall(): Promise<boolean>;
  recallMore(): Promise<boolean>;
  cancel(key: string): void;
  /** Sends the file at hand again, or the one just chosen for it, as a new upload in its place. */
  retry(key: string, file?: File): void;
  /** Takes it off this page, not out of the pipeline. */
  putAway(key: string): void;
  wake(): void;
}

/** The results of more than these would be a wall; each opens with one press. */
const MOST_OPEN = 5;

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

type NewEntry = Pick<Entry, 'key' | 'at' | 'folder' | 'isOpen'>;

const chosenNow = (file: File, about: NewEntry): Entry => ({
  ...about,
  name: file.name,
  size: file.size,
  phase: { kind: 'queued' },
  isFresh: true,
  hasFile: true,
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

const takeStatus = (shelf: Shelf, status: UploadStatus): void => {
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

export const createUploads = (options: UploadsOptions): Uploads => {
  const { api, memory, transfer, onTrouble } = options;
  const files = new Map<string, File>();
  const shelf = createShelf(options);
  const follower = createFollower({
    api,
    onTrouble,
    onStatus: (status) => takeStatus(shelf, status),
    onGone: (id) => {
      memory.hide(id);
      const entry = shelf.findUpload(id);
      if (entry !== undefined) shelf.remove(entry.key);
    },
  });
  const onSent = (id: string) => follower.follow(id);
  const sender = createSender({ api, memory, transfer, shelf, onSent });
  let made = 0;
  let cursor: string | undefined;

  const start = (file: File, about: NewEntry) => {
    files.set(about.key, file);
    shelf.put(chosenNow(file, about));
    sender.send(about.key, file);
  };

  /** Its line goes away or starts anew under another id. */
  const letGo = ({ id }: Entry) => {
    if (id === undefined) return;
    follower.unfollow(id);
    memory.hide(id);
  };

  const listMore = async (): Promise<boolean> => {
    const page = await api.list(cursor);
    cursor = page.cursor;
    for (const status of page.uploads) {
      if (memory.isHidden(status.id)) continue;
      takeStatus(shelf, status);
      const isSentHere = shelf.findUpload(status.id)?.phase.kind !== 'following';
      if (isLive(status) && !isSentHere) follower.follow(status.id);
    }
    return cursor !== undefined;
  };

  return {
    all: shelf.all,
    add(chosen) {
      const now = Date.now();
      const isOpen = chosen.length <= MOST_OPEN;
      for (const [index, { file, folder }] of chosen.entries()) {
        made += 1;
        // What was chosen together stays in its order.
        start(file, { key: `new-${made}`, at: now - index / 1_000, folder, isOpen });
      }
    },
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
    recallMore: listMore,
    cancel: (key) => sender.cancel(key),
    retry(key, chosen) {
      const file = chosen ?? files.get(key);
      const entry = shelf.find(key);
      if (file === undefined || entry === undefined) return;
      letGo(entry);
      start(file, { key, at: entry.at, folder: entry.folder, isOpen: true });
    },
    putAway(key) {
      const entry = shelf.find(key);
      if (entry !== undefined) letGo(entry);
      files.delete(key);
      shelf.remove(key);
    },
    wake: () => follower.wake(),
  };
};
