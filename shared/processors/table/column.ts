/** What is remembered of one column while the records stream by: counters and a few bytes, never the values. */
import {
  BOOLEAN,
  CELL_TYPES,
  type Cell,
  type CellType,
  cellTypeOf,
  DATE,
  DATETIME,
  EMPTY,
  INTEGER,
  NUMBER,
  TEXT,
  textOrEmpty,
} from './cell-type.ts';

/** Bytes of a value that are kept for min, max and examples. */
const KEPT_VALUE_BYTES = 64;
const EXAMPLES = 3;
/** Examples are looked for in this many records: a column of one value would be searched to the end. */
const EXAMPLE_RECORDS = 1_000;

/** Above every key of three bytes. */
const NO_KEY = 2 ** 24;

interface KeptValue {
  readonly bytes: Uint8Array;
  /** -1 before the first value. */
  length: number;
}

export interface Column {
  /** How often each of `CELL_TYPES` was seen. */
  readonly seen: Float64Array;
  /** Extremes of the numbers. */
  low: number;
  high: number;
  /** Extremes of all values, by their bytes. */
  readonly first: KeptValue;
  readonly last: KeptValue;
  /** The first three bytes of `first` and `last` as one number, which settles most comparisons. */
  firstKey: number;
  lastKey: number;
  /** A value was seen that only text covers, so the types of the others change nothing. */
  isText: boolean;
  readonly examples: Uint8Array[];
  exampleTries: number;
}

export interface ColumnProfile {
  readonly name: string | null;
  readonly type: CellType;
  readonly nulls: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly examples: readonly string[];
}

const emptyValue = (): KeptValue => ({
  bytes: new Uint8Array(KEPT_VALUE_BYTES),
  length: -1,
});

export const createColumn = (): Column => ({
  seen: new Float64Array(CELL_TYPES.length),
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
  first: emptyValue(),
  last: emptyValue(),
  firstKey: NO_KEY,
  lastKey: -1,
  isText: false,
  examples: [],
  exampleTries: EXAMPLE_RECORDS,
});

/** Small enough to stay a small integer, so that comparing costs no allocation. */
const keyOf = ({ bytes, start, end }: Cell): number => {
  const first = (bytes[start] ?? 0) << 16;
  if (end - start > 2) return first | ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
  return end - start === 2 ? first | ((bytes[start + 1] ?? 0) << 8) : first;
};

/** Negative when the cell comes before the kept value, by bytes. */
const compare = (cell: Cell, kept: KeptValue): number => {
  const length = Math.min(cell.end - cell.start, KEPT_VALUE_BYTES);
  const shared = Math.min(length, kept.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (cell.bytes[cell.start + at] ?? 0) - (kept.bytes[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return length - kept.length;
};

const keepValue = (kept: KeptValue, cell: Cell): void => {
  const piece = cell.bytes.subarray(cell.start, Math.min(cell.end, cell.start + KEPT_VALUE_BYTES));
  kept.bytes.set(piece);
  kept.length = piece.length;
};

const keepExample = (column: Column, { bytes, start, end }: Cell): void => {
  column.exampleTries -= 1;
  const piece = bytes.subarray(start, Math.min(end, start + KEPT_VALUE_BYTES));
  if (column.examples.some((example) => Buffer.compare(example, piece) === 0)) return;
  column.examples.push(Uint8Array.from(piece));
};

const addType = (column: Column, type: number, value: number): void => {
  column.seen[type] = (column.seen[type] ?? 0) + 1;
  if (type === TEXT) column.isText = true;
  if (type !== INTEGER && type !== NUMBER) return;
  if (value < column.low) column.low = value;
  if (value > column.high) column.high = value;
};

/** Counts one field in. */
export const addCell = (column: Column, cell: Cell): void => {
  const type = column.isText ? textOrEmpty(cell) : cellTypeOf(cell);
  addType(column, type, cell.value);
  if (type === EMPTY) return;
  const key = keyOf(cell);
  if (key <= column.firstKey && (key < column.firstKey || compare(cell, column.first) < 0)) {
    keepValue(column.first, cell);
    column.firstKey = key;
  }
  if (key >= column.lastKey && (key > column.lastKey || compare(cell, column.last) > 0)) {
    keepValue(column.last, cell);
    column.lastKey = key;
  }
  if (column.exampleTries > 0 && column.examples.length < EXAMPLES) keepExample(column, cell);
};

/** Counts fields of short records in that are not there. */
export const addMissing = (column: Column, count: number): void => {
  column.seen[EMPTY] = (column.seen[EMPTY] ?? 0) + count;
};

/** The narrowest type that all values have; mixed ones are text. */
export const typeOfColumn = ({ seen }: Column): CellType => {
  const types = [INTEGER, NUMBER, BOOLEAN, DATE, DATETIME, TEXT].filter(
    (type) => (seen[type] ?? 0) > 0,
  );
  const isOnly = (...allowed: readonly number[]): boolean =>
    types.every((type) => allowed.includes(type));
  if (types.length === 0) return 'empty';
  if (isOnly(INTEGER)) return 'integer';
  if (isOnly(INTEGER, NUMBER)) return 'number';
  if (isOnly(BOOLEAN)) return 'boolean';
  if (isOnly(DATE)) return 'date';
  return isOnly(DATE, DATETIME) ? 'datetime' : 'text';
};

/** The profile for people; `decode` turns kept bytes, which may be cut within a character, into text. */
export const profileOf = (
  column: Column,
  name: string | null,
  decode: (bytes: Uint8Array) => string,
): ColumnProfile => {
  const type = typeOfColumn(column);
  const isNumeric = type === 'integer' || type === 'number';
  const textOf = ({ bytes, length }: KeptValue): string | null =>
    length < 0 ? null : decode(bytes.subarray(0, length));
  return {
    name,
    type,
    nulls: column.seen[EMPTY] ?? 0,
    min: isNumeric ? column.low : textOf(column.first),
    max: isNumeric ? column.high : textOf(column.last),
    examples: column.examples.map(decode),
  };
};
