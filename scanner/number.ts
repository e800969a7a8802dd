/** Tells numbers and dates by their bytes, sixteen at a time. The types are those of `shared/processors/table/cell-type.ts`. */
import { parseNumber } from './caller';
import {
  DATE,
  DATETIME,
  HIGH,
  INTEGER,
  LOW,
  MINUS,
  NUMBER,
  PLUS,
  POINT,
  SPACE,
  TEXT,
  ZERO,
} from './layout';

/** No number or date that people write is longer. */
const LONGEST: usize = 40;
const T: u32 = 0x54;
const Z: u32 = 0x5a;
const COLON: u32 = 0x3a;
const SMALL_E: u32 = 0x65;
/** The bit that makes an ASCII letter a small one. */
const LOWER: u32 = 0x20;

const POWERS: usize = memory.data<f64>([
  1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
]);
/** Read at n, the indices that move the first n bytes of a vector to its end and fill the rest with zeros. */
const TO_THE_END: usize = memory.data<u8>([
  0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0xc0, 0,
  1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15,
]);

/* @inline */ function digitAt(at: usize): u32 {
  return <u32>load<u8>(at) - ZERO;
}

/** The number that sixteen digits make, each of them a byte from 0 to 9. */
/* @inline */ function wholeOf(digits: v128): u64 {
  const pairs = i16x8.add(
    i16x8.mul(v128.and(digits, i16x8.splat(0xff)), i16x8.splat(10)),
    i16x8.shr_u(digits, 8),
  );
  const fours = i32x4.dot_i16x8_s(pairs, i32x4.splat(0x0001_0064));
  const high = i64x2.extract_lane(fours, 0);
  const low = i64x2.extract_lane(fours, 1);
  return (
    ((high & 0xffff_ffff) * 10000 + (high >>> 32)) * 100_000_000 +
    (low & 0xffff_ffff) * 10000 +
    (low >>> 32)
  );
}

/** YYYY-MM-DD, of which it is known that the digits and the dashes are where they belong. */
function isDay(start: usize): bool {
  const month = digitAt(start + 5) * 10 + digitAt(start + 6);
  const day = digitAt(start + 8) * 10 + digitAt(start + 9);
  return month - 1 < 12 && day - 1 < 31;
}

function skipDigits(from: usize, end: usize): usize {
  let at = from;
  while (at < end && digitAt(at) < 10) at += 1;
  return at;
}

/** `Z`, `+hh:mm` or `+hhmm`, up to the very end. */
function isZone(from: usize, end: usize): bool {
  const length = end - from;
  const first = <u32>load<u8>(from);
  if (length === 1) return first === Z;
  if ((first !== PLUS && first !== MINUS) || (length !== 5 && length !== 6)) return false;
  if (skipDigits(from + 1, end) < from + 3) return false;
  if (length === 6 && load<u8>(from + 3) !== COLON) return false;
  return skipDigits(end - 2, end) === end;
}

/** What may stand behind YYYY-MM-DDThh:mm: seconds, their fraction, a zone. */
function isRestOfTime(from: usize, end: usize): bool {
  let at = from;
  if (at < end && load<u8>(at) === COLON) {
    if (end - at < 3 || digitAt(at + 1) > 5 || digitAt(at + 2) > 9) return false;
    at += 3;
    if (at < end && load<u8>(at) === POINT) {
      const fraction = at + 1;
      at = skipDigits(fraction, end);
      if (at === fraction || at > fraction + 9) return false;
    }
  }
  return at === end || isZone(at, end);
}

/** @param others which of the first sixteen bytes are no digits */
function dateOrTime(start: usize, end: usize, others: u32): u32 {
  const length = end - start;
  if (load<u8>(start + 4) !== MINUS || load<u8>(start + 7) !== MINUS) return TEXT;
  if (length === 10) return others === 0x90 && isDay(start) ? DATE : TEXT;
  if (length < 16 || (others & 0xffff) !== 0x2490 || !isDay(start)) return TEXT;
  const between = <u32>load<u8>(start + 10);
  if ((between !== T && between !== SPACE) || load<u8>(start + 13) !== COLON) return TEXT;
  const hour = digitAt(start + 11) * 10 + digitAt(start + 12);
  if (hour > 23 || digitAt(start + 14) > 5) return TEXT;
  return isRestOfTime(start + 16, end) ? DATETIME : TEXT;
}

/** Keeps the extremes. */
/* @inline */ function countNumber(column: usize, value: f64): void {
  if (value < load<f64>(column, LOW)) store<f64>(column, value, LOW);
  if (value > load<f64>(column, HIGH)) store<f64>(column, value, HIGH);
}

/** Too long for the quick way, or with an exponent. */
function slowNumber(column: usize, start: usize, digits: usize, end: usize): u32 {
  let at = skipDigits(digits, end);
  let found = at - digits;
  let type = INTEGER;
  if (at < end && load<u8>(at) === POINT) {
    const fraction = at + 1;
    at = skipDigits(fraction, end);
    found += at - fraction;
    type = NUMBER;
  }
  if (found === 0) return TEXT;
  if (at < end && (<u32>load<u8>(at) | LOWER) === SMALL_E) {
    at += 1;
    if (at < end && (load<u8>(at) === PLUS || load<u8>(at) === MINUS)) at += 1;
    const exponent = at;
    at = skipDigits(at, end);
    if (at === exponent || at > exponent + 3) return TEXT;
    type = NUMBER;
  }
  if (at < end) return TEXT;
  const value = parseNumber(start, end);
  if (!isFinite(value)) return TEXT;
  countNumber(column, value);
  return type;
}

/** Digits and at most one point among them, sixteen bytes at most. */
/* @inline */ function plainNumber(digits: v128, length: usize, others: u32): f64 {
  let indices = v128.load(TO_THE_END + length);
  if (others === 0) return <f64>(<i64>wholeOf(i8x16.swizzle(digits, indices)));
  const point = <usize>ctz(others);
  // What stands before the point moves over it.
  indices = i8x16.add(indices, i8x16.le_s(indices, i8x16.splat(<i8>point)));
  const whole = <f64>(<i64>wholeOf(i8x16.swizzle(digits, indices)));
  return whole / load<f64>(POWERS + ((length - 1 - point) << 3));
}

/** @param others which bytes are no digits: none, or the point */
/* @inline */ function isPlain(from: usize, length: usize, others: u32): bool {
  if (length - 1 >= 16) return false;
  if (others === 0) return true;
  return (others & (others - 1)) === 0 && load<u8>(from + ctz(others)) === POINT && length > 1;
}

/** The type of a value that starts with a digit, a sign or a point; a number goes into the column's extremes. */
/* @inline */ export function countNumeric(column: usize, start: usize, end: usize): u32 {
  if (end - start > LONGEST) return TEXT;
  const sign = <u32>load<u8>(start);
  const from = start + usize(u32(sign === MINUS) | u32(sign === PLUS));
  const length = end - from;
  const digits = i8x16.sub(v128.load(from), i8x16.splat(0x30));
  const isOther = ~i8x16.bitmask(i8x16.lt_u(digits, i8x16.splat(10)));
  const others = isOther & ((1 << min<u32>(<u32>length, 16)) - 1);
  // 007 is a name made of digits: as a number it would lose its zeros.
  const hasZeroAhead = length > 1 && digitAt(from) === 0 && digitAt(from + 1) < 10;
  if (isPlain(from, length, others)) {
    if (hasZeroAhead) return TEXT;
    const size = plainNumber(digits, length, others);
    countNumber(column, sign === MINUS ? -size : size);
    return others === 0 ? INTEGER : NUMBER;
  }
  if (from === start && length >= 10) {
    const type = dateOrTime(start, end, others);
    if (type !== TEXT) return type;
  }
  return hasZeroAhead ? TEXT : slowNumber(column, start, from, end);
}
