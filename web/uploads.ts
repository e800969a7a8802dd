/** The list behind the page: what was chosen here, what an earlier visit left and what the API lists, each followed to its end. */
import { ApiError } from '../client/errors.ts';
import type { Sluice } from '../client/sluice.ts';
import type { UploadStatus } from '../shared/domain/status.ts';
import type { Entry } from './entry.ts';
import { createFollower } from './follow.ts';
import type { FileHandle, Handles } from './handles.ts';
import type { ChosenFile } from './intake.ts';
import { createLister, takeStatus } from './lister.ts';
import type { Memory } from './remembered.ts';
import { createResumer } from './resumer.ts';
import { createSender } from './sender.ts';
import { createShelf, type ShelfOptions } from './shelf.ts';

export interface UploadsOptions extends ShelfOptions {
  readonly api: Sluice;
  readonly memory: Memory;
  readonly handles: Handles;
  /** A sentence while the API does not answer. */
  readonly onTrouble: (sentence: string | undefined) => void;
}

export interface Uploads {
  /** A file that a line waits for goes on with that line. */
  add(files: readonly ChosenFile[]): void;
  /** What an earlier visit left, at once, and then what the API lists. `true` when there is more to list. */
  recall(): Promise<boolean>;
  recallMore(): Promise<boolean>;
  cancel(key: string): void;
  /**
   * Sends what is missing of the file at hand, or of the same one just chosen for it; where nothing is to be gone on with,
   * all of it as a new upload in its place.
   */
  retry(key: string, file?: File): void;
  /** As `retry`, with the file that the browser remembers. */
  goOn(key: string): Promise<void>;
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

/** The files that are at hand, and how to come back to them, by the key of their line. */
const createDesk = ({ memory, handles }: Pick<UploadsOptions, 'memory' | 'handles'>) => {
  const files = new Map<string, File>();
  const ways = new Map<string, FileHandle>();
  return {
    file: (key: string) => files.get(key),
    put(key: string, { file, handle }: Pick<ChosenFile, 'file' | 'handle'>) {
      files.set(key, file);
      if (handle !== undefined) ways.set(key, handle);
    },
    /** A reload finds it again. */
    remember(key: string, id: string, { name, size, lastModified }: File) {
      memory.remember({ id, name, size, lastModified, at: Date.now() });
      const way = ways.get(key);
      if (way !== undefined) void handles.keep(id, way);
    },
    forget(key: string, id: string | undefined) {
      files.delete(key);
      ways.delete(key);
      if (id !== undefined) this.hide(id);
    },
    hide(id: string) {
      memory.hide(id);
      void handles.drop(id);
    },
  };
};

/** What is gone already is as it should be. */
const eraserOf = (api: Sluice) => (id: string) =>
  api.delete(id).catch((error: unknown) => {
    if (!(error instanceof ApiError && error.status === 404)) throw error;
  });

/** Everyone who knows of the list, put together. */
const createWorkers = (options: UploadsOptions) => {
  const { api, memory, handles, onTrouble } = options;
  const shelf = createShelf(options);
  const desk = createDesk(options);
  const erase = eraserOf(api);
  const onStatus = (status: UploadStatus) => {
    takeStatus(shelf, status);
    void resumer.meet(status.id);
  };
  const onGone = (id: string) => {
    desk.hide(id);
    const entry = shelf.findUpload(id);
    if (entry !== undefined) shelf.remove(entry.key);
  };
  const follower = createFollower({ api, onTrouble, onStatus, onGone });
  const sender = createSender({
    api,
    shelf,
    onAnnounced: desk.remember,
    onSent: (id) => {
      void handles.drop(id);
      // It may be followed since it was listed, as one that waits.
      follower.unfollow(id);
      follower.follow(id, true);
    },
    onGivenUp: (id) => {
      desk.hide(id);
      // An upload without bytes expires by itself; this only spares it the wait.
      erase(id).catch(() => undefined);
    },
  });
  const send = (key: string, file: File, id?: string) => {
    desk.put(key, { file });
    sender.send(key, file, id);
  };
  const resumer = createResumer({ memory, handles, shelf, send });
  const lister = createLister({ api, memory, shelf, follower, onStatus });
  return { shelf, desk, erase, follower, sender, send, resumer, lister };
};

export const createUploads = (options: UploadsOptions): Uploads => {
  const { memory, handles } = options;
  const { shelf, desk, erase, follower, sender, send, resumer, lister } = createWorkers(options);
  let made = 0;

  const start = ({ file, handle }: Omit<ChosenFile, 'folder'>, about: NewEntry) => {
    desk.put(about.key, { file, handle });
    shelf.put(chosenNow(file, about));
    sender.send(about.key, file);
  };

  /** Its line goes away or starts anew under another id. */
  const letGo = ({ id }: Entry) => {
    if (id === undefined) return;
    follower.unfollow(id);
    desk.hide(id);
  };

  const takeAway = (key: string) => {
    const entry = shelf.find(key);
    if (entry !== undefined) letGo(entry);
    desk.forget(key, entry?.id);
    shelf.remove(key);
  };

  return {
    add(chosen) {
      const now = Date.now();
      const isOpen = chosen.length <= MOST_OPEN;
      for (const [index, { file, folder, handle }] of chosen.entries()) {
        const waiting = resumer.waitingFor(file);
        if (waiting !== undefined && resumer.take(waiting.key, file)) continue;
        made += 1;
        // What was chosen together stays in its order.
        start({ file, handle }, { key: `new-${made}`, at: now - index / 1_000, folder, isOpen });
      }
    },
    recall() {
      void handles.keepOnly(new Set(memory.uploads().map(({ id }) => id)));
      return lister.recall();
    },
    recallMore: lister.listMore,
    cancel: (key) => sender.cancel(key),
    retry(key, chosen) {
      const entry = shelf.find(key);
      const file = chosen ?? desk.file(key);
      if (file === undefined || entry === undefined) return;
      if (chosen !== undefined && resumer.take(key, chosen)) return;
      // It stopped with an id: parts of it have arrived.
      if (chosen === undefined && entry.phase.kind === 'stopped' && entry.id !== undefined) {
        return send(key, file, entry.id);
      }
      letGo(entry);
      start({ file }, { key, at: entry.at, folder: entry.folder, isOpen: true });
    },
    goOn: resumer.goOn,
    putAway: takeAway,
    async erase(key) {
      const { id } = shelf.find(key) ?? {};
      if (id !== undefined) await erase(id);
      takeAway(key);
    },
    wake: follower.wake,
  };
};
