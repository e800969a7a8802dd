/** The table scanner: counts the records of a CSV into columns. One instance reads one table. */
import { indexBatch, stuckAt } from './blocks';
import { expect } from './columns';
import {
  beginQuoted,
  endFields,
  isBetweenRecords,
  isQuoted,
  lastWasCr,
  readFields,
  setLastWasCr,
  skipFirst,
} from './fields';
import { BATCH_BYTES, CR, LF } from './layout';
import { countBatch } from './runs';

export {
  blankLines,
  columns,
  expected,
  keyOf,
  narrowest,
  ragged,
  records,
  sampleUpTo,
  setPlace,
  widest,
} from './columns';
export { isRest, keptLength, width } from './fields';
// The caller reads the memory by these.
export {
  CELLS,
  COLUMN_BYTES,
  COLUMNS,
  EMPTIES,
  FIRST,
  FIRST_LENGTH,
  HIGH,
  INPUT,
  INPUT_BYTES,
  KEPT,
  LAST,
  LAST_LENGTH,
  LOW,
  RAGGED,
  RAGGED_TOLD,
  REGISTERS,
  TYPES,
  WANTS_EXAMPLES,
} from './layout';

let delimiter: u32 = 0;

/**
 * @param width of the first record when it was read before, or 0 when it is still to come
 * @param isWithin the bytes begin within a quoted field of a later record
 */
export function begin(delimits: u32, width: u32, isWithin: bool): void {
  delimiter = delimits;
  if (width === 0) return;
  expect(width);
  if (isWithin) beginQuoted();
  else skipFirst();
}

/**
 * Reads `[start, end)`, which goes on where the last call stopped.
 * @returns the address of the first byte that was not read: it comes again, with more behind it
 */
export function scan(start: usize, end: usize): usize {
  let at = start;
  while (at < end) {
    if (!isBetweenRecords()) {
      at = readFields(at, end, at, delimiter);
      continue;
    }
    if (lastWasCr) {
      setLastWasCr(false);
      if (load<u8>(at) === LF) {
        at += 1;
        continue;
      }
    }
    const records = indexBatch(at, end, delimiter);
    if (records > 0) {
      at = countBatch(records);
      setLastWasCr(load<u8>(at - 1) === CR);
    }
    if (stuckAt !== 0) at = readFields(at, end, stuckAt, delimiter);
    else if (records === 0) {
      if (end - at < BATCH_BYTES) break;
      // A record longer than a batch.
      at = readFields(at, end, at, delimiter);
    }
  }
  return at;
}

/** Reads what `scan` left. Answers whether the bytes end within quotes. */
export function readRest(start: usize, to: usize): bool {
  readFields(start, to, to, delimiter);
  return isQuoted();
}

/** The file ends here, and with it the field and the record that it ends in. */
export function end(): void {
  endFields();
}
