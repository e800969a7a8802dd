/** The list behind the page: what was chosen here, what an earlier visit left and what the API lists, each followed to its end. */
import { ApiError } from '../client/errors.ts';
import type { Sluice } from '../client/sluice.ts';
import type { Entry } from './entry.ts';
import { createFollower } from './follow.ts';
import type { ChosenFile } from './intake.ts';
import { createLister, takeStatus } from './lister.ts';
import type { Memory } from './remembered.ts';
import { createSender } from './sender.ts';
import { createShelf, type ShelfOptions } from './shelf.ts';

export interface UploadsOptions extends ShelfOptions {
  readonly api: Sluice;
  readonly memory: Memory;
  /** A sentence while the API does not answer. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

export interface Uploads {
  add(files: readonly ChosenFile[]): void;
  /** What an earlier visit left, at once, and then what the API lists. `true` when there is more to list. */
  recall(): Promise<boolean>;
  recallMore(): Promise<boolean>;
  cancel(key: string): void;
  /** Sends the file at hand again, or the one just chosen for it, as a new upload in its place. */
  retry(key: string, file?: File): void;
  /** Takes it off this page, not out of the pipeline. */
  putAway(key: string): void;
  /** Out of the pipeline too, with its results. Rejects with a sentence when that failed. */
  erase(key: string): Promise<void>;
  wake(): void;
}

/** The results of more than these would be a wall; each opens with one press. */
const MOST_OPEN = 5;

type NewEntry = Pick<Entry, 'key' | 'at' | 'folder' | 'isOpen'>;

const chosenNow = (file: File, about: NewEntry): Entry => ({
  ...about,
  name: file.name,
  size: file.size,
  phase: { kind: 'queued' },
  isFresh: true,
  hasFile: true,
});

export const createUploads = (options: UploadsOptions): Uploads => {
  const { api, memory, onTrouble } = options;
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
  /** What is gone already is as it should be. */
  const erase = (id: string) =>
    api.delete(id).catch((error: unknown) => {
      if (!(error instanceof ApiError && error.status === 404)) throw error;
    });
  const onSent = (id: string) => follower.follow(id);
  const onGivenUp = (id: string) => {
    memory.hide(id);
    // An upload without bytes expires by itself; this only spares it the wait.
    erase(id).catch(() => undefined);
  };
  const sender = createSender({ api, memory, shelf, onSent, onGivenUp });
  let made = 0;

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

  const takeAway = (key: string) => {
    const entry = shelf.find(key);
    if (entry !== undefined) letGo(entry);
    files.delete(key);
    shelf.remove(key);
  };

  const lister = createLister({ api, memory, shelf, follower });

  return {
    add(chosen) {
      const now = Date.now();
      const isOpen = chosen.length <= MOST_OPEN;
      for (const [index, { file, folder }] of chosen.entries()) {
        made += 1;
        // What was chosen together stays in its order.
        start(file, { key: `new-${made}`, at: now - index / 1_000, folder, isOpen });
      }
    },
    recall: lister.recall,
    recallMore: lister.listMore,
    cancel: (key) => sender.cancel(key),
    retry(key, chosen) {
      const file = chosen ?? files.get(key);
      const entry = shelf.find(key);
      if (file === undefined || entry === undefined) return;
      letGo(entry);
      start(file, { key, at: entry.at, folder: entry.folder, isOpen: true });
    },
    putAway: takeAway,
    async erase(key) {
      const { id } = shelf.find(key) ?? {};
      if (id !== undefined) await erase(id);
      takeAway(key);
    },
    wake: () => follower.wake(),
  };
};
