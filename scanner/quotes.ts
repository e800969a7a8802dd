/** Takes fields out of their quotes. */
import { QUOTE, UNESCAPED, VALUE_BYTES } from './layout';

/** The bounds of a field without the quotes around it. */
export let fieldStart: usize = 0;
export let fieldEnd: usize = 0;

/** Where the next quote is, or `end`. */
function findQuote(from: usize, end: usize): usize {
  const quotes = i8x16.splat(<i8>QUOTE);
  for (let at = from; at < end; at += 16) {
    const found = i8x16.bitmask(i8x16.eq(v128.load(at), quotes));
    if (found !== 0) return min(end, at + ctz(found));
  }
  return end;
}

/** Makes doubled quotes single. Within quotes they come in pairs only. */
function makeSingle(from: usize, to: usize): void {
  let length: usize = 0;
  for (let at = from; at < to && length < VALUE_BYTES; at += 1) {
    const byte = <u32>load<u8>(at);
    store<u8>(UNESCAPED + length, <u8>byte);
    length += 1;
    if (byte === QUOTE) at += 1;
  }
  fieldStart = UNESCAPED;
  fieldEnd = UNESCAPED + length;
}

/** Sets the bounds for the field `[start, end)` that starts and ends with a quote. */
export function unquote(start: usize, end: usize): void {
  fieldStart = start + 1;
  fieldEnd = end - 1;
  if (findQuote(fieldStart, fieldEnd) < fieldEnd) makeSingle(fieldStart, fieldEnd);
}
