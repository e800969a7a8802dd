/** Which entries of a zip become files of their own, decided by its directory alone, before anything is unpacked. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { dangersOf, type Entry } from './entry.ts';
import { isUnpackable, LOCAL_HEADER, type PackedEntry } from './zip-content.ts';
import { type EntryPlace, readZipDirectory } from './zip-directory.ts';

/** Why an entry is left out. */
export const LEFT_OUT = [
  'directory',
  'link',
  'encrypted',
  'unsupported',
  'unsafe_name',
  'duplicate',
] as const;
export type LeftOut = (typeof LEFT_OUT)[number];

export interface ChosenEntry extends PackedEntry {
  readonly name: string;
  readonly size: number;
}

export interface Selection {
  /** In the order of the directory. */
  readonly chosen: readonly ChosenEntry[];
  readonly leftOut: readonly { readonly entry: Entry; readonly reason: LeftOut }[];
}

/** Small files may expand by any factor before it matters. */
const HARMLESS_BYTES = 1024 ** 2;

const reasonOf = (entry: Entry, place: EntryPlace): LeftOut | undefined => {
  if (entry.kind === 'directory') return 'directory';
  if (entry.kind !== 'file') return 'link';
  if (dangersOf(entry).length > 0) return 'unsafe_name';
  if (entry.encrypted) return 'encrypted';
  return isUnpackable(place) ? undefined : 'unsupported';
};

interface Placed {
  readonly offset: number;
  readonly end: number;
}

/**
 * Where each entry ends at the latest: where the next one begins. Entries that share bytes are how a small archive holds far more
 * than it is long, and no writer makes them otherwise.
 */
const boundsOf = (places: readonly Placed[], directory: number): ReadonlyMap<number, number> => {
  const inOrder = places.toSorted((left, right) => left.offset - right.offset);
  const bounds = new Map<number, number>();
  for (const [index, { offset, end }] of inOrder.entries()) {
    const next = inOrder[index + 1]?.offset ?? directory;
    if (end > next) {
      throw new NonRetryableError('corrupt', { detail: 'Entries of the archive overlap.' });
    }
    bounds.set(offset, next);
  }
  return bounds;
};

/**
 * @throws NonRetryableError `corrupt` for a damaged directory and for entries that overlap; `over_budget` for too many
 * entries, too many bytes in one or in all, or an expansion that only bombs have.
 */
export const selectEntries = async (input: ProcessorInput): Promise<Selection> => {
  const { budget, source } = input;
  const names = new Set<string>();
  const places: Placed[] = [];
  const chosen: ChosenEntry[] = [];
  const leftOut: { entry: Entry; reason: LeftOut }[] = [];
  let bytes = 0;

  const directory = await readZipDirectory(input, (entry, place) => {
    budget.spend('entries', 1);
    const { name, size } = entry;
    const compressed = entry.compressed ?? 0;
    const { offset } = place;
    places.push({ offset, end: offset + LOCAL_HEADER.bytes + compressed });
    const reason = reasonOf(entry, place) ?? (names.has(name) ? 'duplicate' : undefined);
    names.add(name);
    if (reason !== undefined) {
      leftOut.push({ entry, reason });
      return;
    }
    budget.reach('entryBytes', size);
    budget.spend('bytesOut', size);
    if (size > HARMLESS_BYTES) budget.reach('expansion', size / Math.max(compressed, 1));
    bytes += size;
    chosen.push({ ...place, name, size, compressed });
  });

  if (bytes > HARMLESS_BYTES) budget.reach('expansion', bytes / Math.max(source.size, 1));
  const bounds = boundsOf(places, directory);
  return {
    chosen: chosen.map((entry) => ({ ...entry, until: bounds.get(entry.offset) })),
    leftOut,
  };
};
