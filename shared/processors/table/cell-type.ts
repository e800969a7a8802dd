/** Says what one field of a table looks like, byte by byte, without making a string of it. */

export const CELL_TYPES = [
  'empty',
  'integer',
  'number',
  'boolean',
  'date',
  'datetime',
  'text',
] as const;
export type CellType = (typeof CELL_TYPES)[number];

export const EMPTY = 0;
export const INTEGER = 1;
export const NUMBER = 2;
export const BOOLEAN = 3;
export const DATE = 4;
export const DATETIME = 5;
export const TEXT = 6;

/** One field: `bytes[start, end)`. A profile has one of these and reuses it for each field. */
export interface Cell {
  bytes: Uint8Array;
  start: number;
  end: number;
  /** Set by `cellTypeOf` when the field is an integer or a number. */
  value: number;
}

/** More could leave the 31 bits of a small integer. */
const QUICK_DIGITS = 9;
const POWERS: readonly number[] = Array.from(
  { length: QUICK_DIGITS + 1 },
  (_, power) => 10 ** power,
);
/** No number or date that people write is longer. */
const LONGEST_TYPED = 40;

const ZERO = 0x30;
const MINUS = 0x2d;
const PLUS = 0x2b;
const POINT = 0x2e;
const SPACE = 0x20;
const TAB = 0x09;
/** The bit that makes an ASCII letter a small one. */
const LOWER = 0x20;
const TRUE = Buffer.from('true');
const FALSE = Buffer.from('false');

const isDigit = (byte: number): boolean => byte >= ZERO && byte <= 0x39;

const ISO_DATETIME =
  /^\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])[T ](?:[01]\d|2[0-3]):[0-5]\d(?::[0-5]\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?$/;
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;

const stringOf = ({ bytes, start, end }: Cell): string => {
  let text = '';
  for (let at = start; at < end; at += 1) text += String.fromCharCode(bytes[at] ?? 0);
  return text;
};

const twoDigits = (bytes: Uint8Array, at: number): number => {
  const tens = (bytes[at] ?? 0) - ZERO;
  const ones = (bytes[at + 1] ?? 0) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : -1;
};

/** YYYY-MM-DD. */
const isDate = ({ bytes, start, end }: Cell): boolean => {
  if (end - start !== 10 || bytes[start + 4] !== MINUS || bytes[start + 7] !== MINUS) return false;
  const month = twoDigits(bytes, start + 5);
  const day = twoDigits(bytes, start + 8);
  return (
    twoDigits(bytes, start) >= 0 &&
    twoDigits(bytes, start + 2) >= 0 &&
    month >= 1 &&
    month <= 12 &&
    day >= 1 &&
    day <= 31
  );
};

/** Dates, exponents and numbers too long for the quick way. */
const slowType = (cell: Cell): number => {
  if (isDate(cell)) return DATE;
  const text = stringOf(cell);
  if (ISO_DATETIME.test(text)) return DATETIME;
  if (!DECIMAL.test(text)) return TEXT;
  cell.value = Number(text);
  // 1e999 is more than a number can hold: its extremes could not be told.
  if (!Number.isFinite(cell.value)) return TEXT;
  return /^[+-]?\d+$/.test(text) ? INTEGER : NUMBER;
};

/** Digits with one point at most, or the slow way. Up to nine digits stay a small integer, which is what makes it quick. */
const plainNumber = (cell: Cell, from: number): number => {
  const { bytes, end } = cell;
  let whole = 0;
  let digits = 0;
  let point = -1;
  for (let at = from; at < end; at += 1) {
    const digit = (bytes[at] ?? 0) - ZERO;
    if (digit >= 0 && digit <= 9) {
      whole = (whole * 10 + digit) | 0;
      digits += 1;
    } else if (digit === POINT - ZERO && point < 0) point = at;
    else return digits > 0 ? slowType(cell) : TEXT;
  }
  if (digits === 0) return TEXT;
  if (digits > QUICK_DIGITS) return slowType(cell);
  const size = point < 0 ? whole : whole / (POWERS[end - point - 1] ?? 1);
  cell.value = bytes[cell.start] === MINUS ? -size : size;
  return point < 0 ? INTEGER : NUMBER;
};

const numericType = (cell: Cell): number => {
  const { bytes, start, end } = cell;
  if (bytes[start + 4] === MINUS && isDate(cell)) return DATE;
  const first = bytes[start] ?? 0;
  const from = first === MINUS || first === PLUS ? start + 1 : start;
  if (bytes[from] === ZERO && from + 1 < end && isDigit(bytes[from + 1] ?? 0)) {
    const type = slowType(cell);
    // 007 is a name made of digits: as a number it would lose its zeros.
    return type === INTEGER || type === NUMBER ? TEXT : type;
  }
  return plainNumber(cell, from);
};

/** Whether the field is this word of small letters, in small or capital ones. */
const isWord = ({ bytes, start, end }: Cell, word: Uint8Array): boolean => {
  if (end - start !== word.length) return false;
  for (let at = 0; at < word.length; at += 1) {
    if (((bytes[start + at] ?? 0) | LOWER) !== word[at]) return false;
  }
  return true;
};

const isBlank = (byte: number | undefined): boolean => byte === SPACE || byte === TAB;

const leaveOutBlanks = (cell: Cell): void => {
  const { bytes } = cell;
  let { start, end } = cell;
  if ((bytes[start] ?? 0) > SPACE && (bytes[end - 1] ?? 0) > SPACE) return;
  while (start < end && isBlank(bytes[start])) start += 1;
  while (end > start && isBlank(bytes[end - 1])) end -= 1;
  cell.start = start;
  cell.end = end;
};

/** For a column that is text anyway: whether there is a value at all. Narrows the cell as `cellTypeOf` does. */
export const textOrEmpty = (cell: Cell): number => {
  leaveOutBlanks(cell);
  return cell.start === cell.end ? EMPTY : TEXT;
};

/**
 * The type of a field as an index into `CELL_TYPES`; narrows the cell to leave out the spaces around it.
 * Numbers have a decimal point and no thousands separator; dates are ISO 8601.
 */
export const cellTypeOf = (cell: Cell): number => {
  leaveOutBlanks(cell);
  const length = cell.end - cell.start;
  if (length === 0) return EMPTY;
  if (length > LONGEST_TYPED) return TEXT;
  const first = cell.bytes[cell.start] ?? 0;
  if (isDigit(first) || first === MINUS || first === PLUS || first === POINT) {
    return numericType(cell);
  }
  return isWord(cell, TRUE) || isWord(cell, FALSE) ? BOOLEAN : TEXT;
};
