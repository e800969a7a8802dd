/** Every line of the page's list, and who is told when one changes. */
import type { Entry } from './entry.ts';

export interface Shelf {
  readonly all: () => readonly Entry[];
  readonly find: (key: string) => Entry | undefined;
  readonly findUpload: (id: string) => Entry | undefined;
  put(entry: Entry): void;
  /** Nothing when the line is gone by now. */
  change(key: string, changes: Partial<Entry>): void;
  remove(key: string): void;
}

export interface ShelfOptions {
  readonly onEntry: (entry: Entry) => void;
  readonly onRemoved: (key: string) => void;
}

export const createShelf = ({ onEntry, onRemoved }: ShelfOptions): Shelf => {
  const entries = new Map<string, Entry>();
  const put = (entry: Entry) => {
    entries.set(entry.key, entry);
    onEntry(entry);
  };
  return {
    all: () => [...entries.values()],
    find: (key) => entries.get(key),
    findUpload: (id) => [...entries.values()].find((entry) => entry.id === id),
    put,
    change(key, changes) {
      const entry = entries.get(key);
      if (entry !== undefined) put({ ...entry, ...changes });
    },
    remove(key) {
      if (entries.delete(key)) onRemoved(key);
    },
  };
};
