/** The columns of the table and what is counted of its records. */
import { widened } from './caller';
import {
  COLUMN_BYTES,
  COLUMNS,
  FIRST_KEY,
  FIRST_LENGTH,
  HIGH,
  LAST_LENGTH,
  LOW,
  RAGGED,
  RAGGED_TOLD,
  TYPES,
  WANTS_EXAMPLES,
} from './layout';

const PAGE_BYTES: usize = 0x1_0000;

export let columns: u32 = 0;
export let records: f64 = 0;
/** Fields of the first record, or what the caller says that it has. */
export let expected: u32 = 0;
export let narrowest: u32 = u32.MAX_VALUE;
export let widest: u32 = 0;
export let ragged: f64 = 0;
export let blankLines: f64 = 0;
let sampleBelow: u64 = u64.MAX_VALUE;
/** What is added to an address to have its place in the file. */
let offset: i64 = 0;

export function columnAt(index: u32): usize {
  return COLUMNS + <usize>index * COLUMN_BYTES;
}

/** Makes room for `wanted` columns, one after the other, so that the caller can stop at any. */
export function widen(wanted: u32): void {
  while (columns < wanted) {
    const column = columnAt(columns);
    const room = <usize>memory.size() * PAGE_BYTES;
    if (column + COLUMN_BYTES > room && memory.grow(16) < 0) unreachable();
    memory.fill(column, 0, COLUMN_BYTES);
    store<f64>(column, f64.POSITIVE_INFINITY, LOW);
    store<f64>(column, f64.NEGATIVE_INFINITY, HIGH);
    store<u64>(column, u64.MAX_VALUE, FIRST_KEY);
    store<u64>(column, u64.MAX_VALUE, FIRST_KEY + 8);
    store<i32>(column, -1, FIRST_LENGTH);
    store<i32>(column, -1, LAST_LENGTH);
    store<u32>(column, WANTS_EXAMPLES, TYPES);
    columns += 1;
    widened(columns);
  }
}

export function countBlankLine(): void {
  blankLines += 1;
}

/** Counts `more` records of one width. */
export function countRecords(more: u32, width: u32): void {
  if (width < narrowest) narrowest = width;
  if (width > widest) widest = width;
  if (width !== expected) {
    for (let told = 0; told < <i32>more && ragged + <f64>told < <f64>RAGGED_TOLD; told += 1) {
      const place = RAGGED + ((<usize>ragged + <usize>told) << 3);
      store<f64>(place, records + <f64>told + 1);
    }
    ragged += <f64>more;
  }
  records += <f64>more;
}

/** The same for the same place, and else as good as random (the mixer of splitmix64). 53 bits, so that the caller can hold it. */
export function keyOf(start: usize): u64 {
  let key = <u64>(<i64>start + offset) + 0x9e37_79b9_7f4a_7c15;
  key = (key ^ (key >> 30)) * 0xbf58_476d_1ce4_e5b9;
  key = (key ^ (key >> 27)) * 0x94d0_49bb_1331_11eb;
  return (key ^ (key >> 31)) >> 11;
}

export function isSampled(key: u64): bool {
  return key < sampleBelow;
}

export function expect(width: u32): void {
  expected = width;
}

/** From now on, only records whose key is below belong into the sample. */
export function sampleUpTo(key: f64): void {
  sampleBelow = <u64>key;
}

/** The byte at `at` is the one at `place` of the file. */
export function setPlace(place: f64, at: usize): void {
  offset = <i64>place - <i64>at;
}
