/**
 * The look through the bucket for objects that nobody announced goes in laps, a page a run: a large bucket takes many
 * runs, so what is looked at is told by what the laps before have seen, and not by age alone.
 */

/** Whatever it says was true when it was written, so of two sweeps at once either may have the last word. */
export interface Lap {
  readonly begunAt: number;
  /** Every object that was old enough by then was looked at in an earlier lap. */
  readonly seenUntil: number;
  /** Nothing in it failed so far. */
  readonly isWhole: boolean;
  /** Where in the bucket the next run goes on; undefined at its beginning. */
  readonly cursor?: string | undefined;
}

const MINUTE = 60_000;
/** Younger objects may still have their event on its way. */
const OLD_ENOUGH_MS = 15 * MINUTE;
/** Up to this age an unknown object is announced whenever it is seen. */
const EAGERLY_MS = 60 * MINUTE;

const isLap = (value: unknown): value is Lap =>
  typeof value === 'object' &&
  value !== null &&
  'begunAt' in value &&
  typeof value.begunAt === 'number' &&
  'seenUntil' in value &&
  typeof value.seenUntil === 'number' &&
  'isWhole' in value &&
  typeof value.isWhole === 'boolean' &&
  (!('cursor' in value) || typeof value.cursor === 'string');

/** The lap as it was kept; a first one, which looks at everything, when none was or another version kept it. */
export const lapIn = (kept: string | undefined, now: number): Lap => {
  const first = { begunAt: now, seenUntil: 0, isWhole: true };
  try {
    const value: unknown = JSON.parse(kept ?? '');
    return isLap(value) ? value : first;
  } catch {
    // Not JSON is an answer here: losing the place only repeats work.
    return first;
  }
};

/** A lap in which anything failed has not seen everything: the next one looks at all that it should have. */
export const lapAfter = (lap: Lap, now: number): Lap => ({
  begunAt: now,
  seenUntil: lap.isWhole ? lap.begunAt : lap.seenUntil,
  isWhole: true,
});

/**
 * Every object is looked at in one whole lap after its first hour at least: the hour also covers what the storage's clock
 * and ours may differ. What was seen may have been announced by a message that is lost, or that still waits: it is looked at
 * again, the more rarely the older it is, lest a long queue grow by it and every run ask for everything that ever came.
 * `fraction` is drawn anew for each, from 0 up to 1.
 */
export const isWorthALook = (
  { seenUntil }: Lap,
  lastModified: number,
  now: number,
  fraction: number,
): boolean => {
  const age = now - lastModified;
  if (age < OLD_ENOUGH_MS) return false;
  if (lastModified + EAGERLY_MS > seenUntil) return true;
  return fraction * age <= EAGERLY_MS;
};
