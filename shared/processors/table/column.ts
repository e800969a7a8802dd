/**
 * What is remembered of one column while the records stream by: counters and a few bytes, never the values.
 * For tables of every kind: `createColumn`, `addCell` for each field, `profileOf` at the end.
 */
import {
  BOOLEAN,
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
import { addDistinct, estimateDistinct, mergeDistinct, REGISTERS } from './distinct.ts';

/** A field counts by its first bytes, so that no answer depends on whether a long one was in one piece. */
const VALUE_BYTES = 256;
/** Bytes of a value that are kept for min, max and examples. */
const KEPT_VALUE_BYTES = 64;
const EXAMPLES = 3;
/** Examples are looked for in this many records: a column of one value would be searched to the end. */
const EXAMPLE_RECORDS = 1_000;

/** Once text was seen, the types of the other values change nothing. */
const TEXT_BIT = 1 << TEXT;
/** Above every key of three bytes. */
const NO_KEY = 2 ** 24;

/** A cell whose type nobody asks for. */
type Bounded = Omit<Cell, 'value'>;

interface KeptValue {
  readonly bytes: Uint8Array;
  /** -1 before the first value. */
  length: number;
}

export interface Column {
  /** Fields that were there, the empty ones among them. */
  cells: number;
  empty: number;
  /** One bit for each of `CELL_TYPES` that was seen. Counting them all would cost more than it tells. */
  types: number;
  /** Extremes of the numbers. */
  low: number;
  high: number;
  /** Extremes of all values, by their bytes. */
  readonly first: KeptValue;
  readonly last: KeptValue;
  /** The first three bytes of `first` and `last` as one number, which settles most comparisons. */
  firstKey: number;
  lastKey: number;
  readonly examples: Example[];
  /** The sketch of its different values. */
  readonly registers: Uint8Array;
}

export interface Example {
  readonly bytes: Uint8Array;
  /** Which of the column's values it was, counted from 1. */
  readonly at: number;
}

export interface ColumnProfile {
  readonly name: string | null;
  readonly type: CellType;
  readonly nulls: number;
  readonly min: number | string | null;
  readonly max: number | string | null;
  /** How many different values; an estimate with a standard error of 2.3 %, and never more than there are values. */
  readonly distinct: number;
  readonly examples: readonly string[];
}

const emptyValue = (): KeptValue => ({
  bytes: new Uint8Array(KEPT_VALUE_BYTES),
  length: -1,
});

/** @param registers of its sketch, where there are some already */
export const createColumn = (registers: Uint8Array = new Uint8Array(REGISTERS)): Column => ({
  cells: 0,
  empty: 0,
  types: 0,
  low: Number.POSITIVE_INFINITY,
  high: Number.NEGATIVE_INFINITY,
  first: emptyValue(),
  last: emptyValue(),
  firstKey: NO_KEY,
  lastKey: -1,
  examples: [],
  registers,
});

export interface KeptColumn extends Omit<Column, 'first' | 'last' | 'firstKey' | 'lastKey'> {
  /** Undefined before there is a value. */
  readonly first: Uint8Array | undefined;
  readonly last: Uint8Array | undefined;
}

/** A column that goes on from what was kept of it. */
export const restoreColumn = ({ first, last, ...kept }: KeptColumn): Column => {
  const column = { ...createColumn(kept.registers), ...kept };
  if (first !== undefined) {
    const cell = { bytes: first, start: 0, end: first.length };
    column.firstKey = keyOf(cell);
    keepValue(column.first, cell);
  }
  if (last !== undefined) {
    const cell = { bytes: last, start: 0, end: last.length };
    column.lastKey = keyOf(cell);
    keepValue(column.last, cell);
  }
  return column;
};

/** Small enough to stay a small integer, so that comparing costs no allocation. */
const keyOf = ({ bytes, start, end }: Bounded): number => {
  const first = (bytes[start] ?? 0) << 16;
  if (end - start > 2) return first | ((bytes[start + 1] ?? 0) << 8) | (bytes[start + 2] ?? 0);
  return end - start === 2 ? first | ((bytes[start + 1] ?? 0) << 8) : first;
};

/** Negative when the cell comes before the kept value, by bytes. */
const compare = (cell: Bounded, kept: KeptValue): number => {
  const length = Math.min(cell.end - cell.start, KEPT_VALUE_BYTES);
  const shared = Math.min(length, kept.length);
  for (let at = 0; at < shared; at += 1) {
    const difference = (cell.bytes[cell.start + at] ?? 0) - (kept.bytes[at] ?? 0);
    if (difference !== 0) return difference;
  }
  return length - kept.length;
};

const keepValue = (kept: KeptValue, cell: Bounded): void => {
  const piece = cell.bytes.subarray(cell.start, Math.min(cell.end, cell.start + KEPT_VALUE_BYTES));
  kept.bytes.set(piece);
  kept.length = piece.length;
};

/**
 * Keeps a value as an example if it is another one than those so far, and if it is among the first.
 * @returns whether the next value may be one, too
 */
export const keepExample = (
  examples: Example[],
  { bytes, start, end }: Bounded,
  at: number,
): boolean => {
  if (at > EXAMPLE_RECORDS || examples.length === EXAMPLES) return false;
  const piece = bytes.subarray(start, Math.min(end, start + KEPT_VALUE_BYTES));
  if (!examples.some((example) => Buffer.compare(example.bytes, piece) === 0))
    examples.push({ bytes: Uint8Array.from(piece), at });
  return examples.length < EXAMPLES;
};

/** The value is kept where it comes before or behind all others. */
const keepExtremes = (column: Column, cell: Bounded): void => {
  const key = keyOf(cell);
  if (key <= column.firstKey && (key < column.firstKey || compare(cell, column.first) < 0)) {
    keepValue(column.first, cell);
    column.firstKey = key;
  }
  if (key >= column.lastKey && (key > column.lastKey || compare(cell, column.last) > 0)) {
    keepValue(column.last, cell);
    column.lastKey = key;
  }
};

/** Counts one field in; narrows the cell to what counts of it. */
export const addCell = (column: Column, cell: Cell): void => {
  column.cells += 1;
  if (cell.end - cell.start > VALUE_BYTES) cell.end = cell.start + VALUE_BYTES;
  const type = (column.types & TEXT_BIT) === 0 ? cellTypeOf(cell) : textOrEmpty(cell);
  if (type === EMPTY) {
    column.empty += 1;
    return;
  }
  column.types |= 1 << type;
  if (type === INTEGER || type === NUMBER) {
    if (cell.value < column.low) column.low = cell.value;
    if (cell.value > column.high) column.high = cell.value;
  }
  keepExtremes(column, cell);
  addDistinct(column.registers, cell.bytes, [cell.start, cell.end]);
  keepExample(column.examples, cell, column.cells - column.empty);
};

/** Counts one more field of a value that was added before: it can change nothing but the number of them. */
export const repeatCell = (column: Column, isEmpty: boolean): void => {
  column.cells += 1;
  if (isEmpty) column.empty += 1;
};

/** Counts in what was counted of the records that follow those of `column`: as if each of their fields were added. */
export const addColumn = (column: Column, next: Column): void => {
  const values = column.cells - column.empty;
  for (const { bytes, at } of next.examples)
    keepExample(column.examples, { bytes, start: 0, end: bytes.length }, values + at);
  column.cells += next.cells;
  column.empty += next.empty;
  // Behind a text, types and numbers are not looked at any more, so these may tell less; then nothing is asked of them.
  column.types |= next.types;
  column.low = Math.min(column.low, next.low);
  column.high = Math.max(column.high, next.high);
  for (const { bytes, length } of [next.first, next.last])
    if (length >= 0) keepExtremes(column, { bytes, start: 0, end: length });
  mergeDistinct(column.registers, next.registers);
};

/** The narrowest type that all values have; mixed ones are text. */
export const typeOfColumn = ({ types }: Pick<Column, 'types'>): CellType => {
  const isOnly = (...allowed: readonly number[]): boolean =>
    allowed.reduce((rest, type) => rest & ~(1 << type), types) === 0;
  if (types === 0) return 'empty';
  if (isOnly(INTEGER)) return 'integer';
  if (isOnly(INTEGER, NUMBER)) return 'number';
  if (isOnly(BOOLEAN)) return 'boolean';
  if (isOnly(DATE)) return 'date';
  return isOnly(DATE, DATETIME) ? 'datetime' : 'text';
};

/** The type of a column that has this value alone. */
export const typeOfValue = (cell: Cell): CellType => {
  cell.end = Math.min(cell.end, cell.start + VALUE_BYTES);
  const type = cellTypeOf(cell);
  return typeOfColumn({ types: type === EMPTY ? 0 : 1 << type });
};

export interface ProfileOptions {
  readonly name: string | null;
  /** Records of the table; fields that short ones lack count as nulls. */
  readonly rows: number;
  /** Turns kept bytes, which may be cut within a character, into text. */
  readonly decode: (bytes: Uint8Array) => string;
}

/** Zero has one sign for people, whichever came first. */
const unsigned = (value: number): number => (value === 0 ? 0 : value);

/** The profile for people. */
export const profileOf = (
  column: Column,
  { name, rows, decode }: ProfileOptions,
): ColumnProfile => {
  const type = typeOfColumn(column);
  const isNumeric = type === 'integer' || type === 'number';
  const textOf = ({ bytes, length }: KeptValue): string | null =>
    length < 0 ? null : decode(bytes.subarray(0, length));
  return {
    name,
    type,
    nulls: column.empty + rows - column.cells,
    min: isNumeric ? unsigned(column.low) : textOf(column.first),
    max: isNumeric ? unsigned(column.high) : textOf(column.last),
    // Where no value repeats, the estimate lies on both sides of the truth.
    distinct: Math.min(estimateDistinct(column.registers), column.cells - column.empty),
    examples: column.examples.map(({ bytes }) => decode(bytes)),
  };
};
