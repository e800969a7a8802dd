/** Counts values into their column: their type, their place among the extremes, whether they were seen before. */
import { example } from './caller';
import {
  BOOLEAN,
  CELLS,
  COLUMN_BYTES,
  COLUMNS,
  CR,
  EMPTIES,
  EXAMPLES_TRIED,
  FIRST,
  FIRST_KEY,
  FIRST_LENGTH,
  INDEX_BITS,
  KEPT_VALUE_BYTES,
  LAST,
  LAST_KEY,
  LAST_LENGTH,
  LF,
  PLUS,
  REGISTERS,
  SPACE,
  TAB,
  TEXT,
  TYPES,
  VALUE_BYTES,
  WANTS_EXAMPLES,
} from './layout';
import { countNumeric } from './number';
import { fieldEnd, fieldStart, unquote } from './quotes';

/**
 * Read at 16 n, the indices that turn the first n bytes of a vector into two words, big end first, and what is
 * behind them into zeros.
 */
const TO_WORDS: usize = memory.data<u8>([
  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  0x80, 0x80, 0x80, 0x80, 0x80, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  0x80, 0x80, 0x80, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 4, 3, 2, 1, 0, 0x80,
  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80,
  0x80, 0x80, 0x80, 0x80, 0x80, 6, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
  7, 6, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 7, 6, 5, 4, 3, 2, 1, 0,
  0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80,
  0x80, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 0x80, 0x80, 0x80, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1,
  0, 0x80, 0x80, 0x80, 0x80, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 0x80, 12, 11, 10, 9,
  8, 7, 6, 5, 4, 3, 2, 1, 0, 0x80, 0x80, 13, 12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 0x80, 14, 13,
  12, 11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, 15, 14, 13, 12, 11, 10, 9, 8,
]);

// As in `shared/processors/table/distinct.ts`.
const FACTOR: u64 = 0x9e37_79b9_7f4a_7c15;
const OTHER_FACTOR: u64 = 0x9fb2_1c65_1e98_df25;
const LAST_FACTOR: u64 = 0xd6e8_feb8_6659_fd93;

/** Up to sixteen bytes, zeros behind the end; big end first, so that they compare as the bytes do. */
/* @inline */ function blockAt(at: usize, end: usize): v128 {
  const left = min<usize>(end - at, 16);
  return i8x16.swizzle(v128.load(at), v128.load(TO_WORDS + (left << 4)));
}

/* @inline */ function stir(hash: u64, first: u64, second: u64): u64 {
  const stirred = (hash ^ first) * FACTOR + second * OTHER_FACTOR;
  return stirred ^ (stirred >> 32);
}

function stirRest(so: u64, from: usize, end: usize): u64 {
  let hash = so;
  for (let at = from; at < end; at += 16) {
    const block = blockAt(at, end);
    hash = stir(hash, <u64>i64x2.extract_lane(block, 0), <u64>i64x2.extract_lane(block, 1));
  }
  return hash;
}

/* @inline */ function countDistinct(column: usize, stirred: u64): void {
  const hash = stirred * LAST_FACTOR;
  const register = column + REGISTERS + <usize>(hash >> (64 - INDEX_BITS));
  const rank = clz<u32>(<u32>(hash >> (32 - INDEX_BITS))) + 1;
  if (rank > <u32>load<u8>(register)) store<u8>(register, <u8>rank);
}

/** How the value compares with what is kept, by bytes: below, at or above zero. */
function compare(start: usize, length: usize, kept: usize, keptLength: i32): i32 {
  const shared = min<i32>(<i32>length, keptLength);
  const order = memory.compare(start, kept, shared);
  return order !== 0 ? order : <i32>length - keptLength;
}

function keep(to: usize, keys: v128, start: usize, length: usize): void {
  v128.store(to, keys, FIRST_KEY);
  store<i32>(to, <i32>length, FIRST_LENGTH);
  memory.copy(to + FIRST, start, length);
}

/** The value may be the first one. Its first eight bytes are not behind those of the one that is. */
function tryFirst(column: usize, keys: v128, start: usize, end: usize): void {
  const length = min<usize>(end - start, KEPT_VALUE_BYTES);
  const keptLength = load<i32>(column, FIRST_LENGTH);
  if (keptLength < 0 || compare(start, length, column + FIRST, keptLength) < 0)
    keep(column, keys, start, length);
}

function tryLast(column: usize, keys: v128, start: usize, end: usize): void {
  const length = min<usize>(end - start, KEPT_VALUE_BYTES);
  const keptLength = load<i32>(column, LAST_LENGTH);
  if (keptLength < 0 || compare(start, length, column + LAST, keptLength) > 0)
    keep(column + (LAST_KEY - FIRST_KEY), keys, start, length);
}

/** `true` or `false`, in small or capital letters. */
/* @inline */ function isBoolean(start: usize, length: usize): bool {
  if (length === 4) return (load<u32>(start) | 0x2020_2020) === 0x6575_7274;
  return (
    length === 5 &&
    (load<u32>(start) | 0x2020_2020) === 0x736c_6166 &&
    (load<u8>(start + 4) | 0x20) === 0x65
  );
}

/** Digits, signs and the point, as bits from the plus on. */
const STARTS_NUMERIC: u32 = 0x7fed;

/* @inline */ function startsNumeric(byte: u32): bool {
  return ((STARTS_NUMERIC >> min<u32>(byte - PLUS, 15)) & 1) !== 0;
}

/* @inline */ function countType(column: usize, types: u32, start: usize, end: usize): void {
  let type: u32;
  if (startsNumeric(load<u8>(start))) type = countNumeric(column, start, end);
  else type = isBoolean(start, end - start) ? BOOLEAN : TEXT;
  if ((types & (1 << type)) === 0) store<u32>(column, types | (1 << type), TYPES);
}

function offerExample(column: usize, start: usize, end: usize): void {
  const at = load<i32>(column, EXAMPLES_TRIED) + 1;
  const index = <u32>((column - COLUMNS) / COLUMN_BYTES);
  store<i32>(column, at, EXAMPLES_TRIED);
  if (!example(index, start, min(end, start + KEPT_VALUE_BYTES), at))
    store<u32>(column, load<u32>(column, TYPES) & ~WANTS_EXAMPLES, TYPES);
}

/** The bounds of a field without the blanks around it, and cut to what counts. */
export let valueStart: usize = 0;
export let valueEnd: usize = 0;

function isBlank(byte: u32): bool {
  return byte === SPACE || byte === TAB;
}

export function leaveOutBlanks(from: usize, to: usize): void {
  let start = from;
  let end = min(to, from + VALUE_BYTES);
  while (start < end && isBlank(load<u8>(start))) start += 1;
  while (end > start && isBlank(load<u8>(end - 1))) end -= 1;
  valueStart = start;
  valueEnd = end;
}

/* @inline */ function countValue(column: usize, start: usize, end: usize): void {
  const types = load<u32>(column, TYPES);
  if ((types & (1 << TEXT)) === 0) countType(column, types, start, end);
  const keys = blockAt(start, end);
  const first = <u64>i64x2.extract_lane(keys, 0);
  const second = <u64>i64x2.extract_lane(keys, 1);
  if (first <= load<u64>(column, FIRST_KEY)) {
    if (first < load<u64>(column, FIRST_KEY) || second <= load<u64>(column, FIRST_KEY + 8))
      tryFirst(column, keys, start, end);
  }
  if (first >= load<u64>(column, LAST_KEY)) {
    if (first > load<u64>(column, LAST_KEY) || second >= load<u64>(column, LAST_KEY + 8))
      tryLast(column, keys, start, end);
  }
  let hash = stir(end - start, first, second);
  if (end - start > 16) hash = stirRest(hash, start + 16, end);
  countDistinct(column, hash);
  if (types & WANTS_EXAMPLES) offerExample(column, start, end);
}

/**
 * Counts fields of one column in.
 * @param field entry of the first field's end; the one before tells where the field before it ended
 * @param step bytes between the entries of two records
 * @param mark the byte that, as the first one of a field, says that quotes are around it
 */
export function countFields(
  column: usize,
  field: usize,
  step: usize,
  fields: u32,
  mark: u32,
): void {
  let entry = field;
  let empties: u64 = 0;
  for (let left = fields; left > 0; left -= 1) {
    const before = <usize>load<u32>(entry - 4);
    let start = before + 1;
    let end = <usize>load<u32>(entry);
    entry += step;
    // The LF of a CRLF stands in front of the record.
    if (load<u8>(before) === CR) start += usize(load<u8>(start) === LF);
    if (load<u8>(start) === mark) {
      unquote(start, end);
      start = fieldStart;
      end = fieldEnd;
    }
    const isOdd =
      u32(<u32>load<u8>(start) <= SPACE) |
      u32(<u32>load<u8>(end - 1) <= SPACE) |
      u32(end - start - 1 >= VALUE_BYTES);
    if (isOdd) {
      leaveOutBlanks(start, end);
      start = valueStart;
      end = valueEnd;
    }
    if (start === end) empties += 1;
    else countValue(column, start, end);
  }
  store<u64>(column, load<u64>(column, CELLS) + fields, CELLS);
  store<u64>(column, load<u64>(column, EMPTIES) + empties, EMPTIES);
}
