/** What lies under keys of the board in memory that is no status of ours, as it may under those of Redis. */
import type { ReadyStatus } from '../../domain/ready-status.ts';
import type { ShownRef } from '../../ports/status-board.ts';
import { entryOf, readyText, VERSION } from '../redis/ready-text.ts';

type Shown = Map<string, { readonly ready: ReadyStatus; readonly shownAt: number }>;

/** What the scripts of Redis take a revision from, whatever else is wrong with the text. */
const REVISION = new RegExp(`^${VERSION} (\\d+) [^\\n]*\\n[^\\n]*\\n`);
const revOf = (text: string): number => Number(REVISION.exec(text)?.[1] ?? 0);

/** Beside `shown`, by the same keys: where there is garbage, nothing is shown. */
export const createMemoryGarbage = (shown: Shown, keyOf: (ref: ShownRef) => string) => {
  const texts = new Map<string, string>();
  /** The text that Redis would have of it; '' for none. */
  const textOf = (ref: ShownRef): string => {
    const entry = shown.get(keyOf(ref));
    if (entry === undefined) return texts.get(keyOf(ref)) ?? '';
    const { head, rest } = readyText(entry.ready, entry.shownAt);
    return `${head}\n\n${rest}`;
  };
  return {
    textOf,
    /** What `garbageOf` makes of that text takes its place, unless it can still be read. */
    spoil(ref: ShownRef, garbageOf: (text: string) => string, now: number): void {
      const text = garbageOf(textOf(ref));
      // Read by the very lines that read it from Redis: what they would show is no garbage.
      if (entryOf(text, ref, now) !== undefined) return;
      shown.delete(keyOf(ref));
      texts.set(keyOf(ref), text);
    },
    /** Does it look newer than this to who shows a status? */
    isNewer: (key: string, rev: number): boolean => revOf(texts.get(key) ?? '') > rev,
    remove: (key: string): void => void texts.delete(key),
    all: (): ReadonlyMap<string, string> => new Map(texts),
    restore(earlier: ReadonlyMap<string, string>): void {
      texts.clear();
      for (const [key, text] of earlier) texts.set(key, text);
    },
  };
};
