/** Finds where fields and records end, 64 bytes at a time. */
import { BATCH_BYTES, CR, FIELDS, LF, QUOTE, RECORDS } from './layout';

/** Where the batch had quotes that only the slow way understands, or 0. */
export let stuckAt: usize = 0;

// Of the last byte of the block before, as its lowest bit: was it a delimiter, a line end or a quote? A closing
// quote? A CR? And as all bits: did it stand within quotes?
let openable: u64 = 1;
let closed: u64 = 0;
let returned: u64 = 0;
let inQuotes: u64 = 0;

/** Which of 64 bytes are this one. */
/* @inline */ function matches(at: usize, byte: u32): u64 {
  const wanted = i8x16.splat(<i8>byte);
  return (
    <u64>i8x16.bitmask(i8x16.eq(v128.load(at), wanted)) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 16), wanted))) << 16) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 32), wanted))) << 32) |
    ((<u64>i8x16.bitmask(i8x16.eq(v128.load(at, 48), wanted))) << 48)
  );
}

/** Whether one of 64 bytes is this one: cheaper than asking which. */
/* @inline */ function has(at: usize, byte: u32): bool {
  const wanted = i8x16.splat(<i8>byte);
  return v128.any_true(
    v128.or(
      v128.or(i8x16.eq(v128.load(at), wanted), i8x16.eq(v128.load(at, 16), wanted)),
      v128.or(i8x16.eq(v128.load(at, 32), wanted), i8x16.eq(v128.load(at, 48), wanted)),
    ),
  );
}

/** Each bit is set when an odd number of bits up to and with it was set. */
/* @inline */ function parity(bits: u64): u64 {
  let odd = bits;
  odd ^= odd << 1;
  odd ^= odd << 2;
  odd ^= odd << 4;
  odd ^= odd << 8;
  odd ^= odd << 16;
  return odd ^ (odd << 32);
}

/** Writes the addresses of the set bits, eight at a time: writing too many costs less than asking. */
/* @inline */ function writeFields(to: usize, at: usize, set: u64): void {
  let bits = set;
  let out = to;
  do {
    store<u32>(out, <u32>(at + <usize>ctz(bits)));
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 4);
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 8);
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 12);
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 16);
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 20);
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 24);
    bits &= bits - 1;
    store<u32>(out, <u32>(at + <usize>ctz(bits)), 28);
    bits &= bits - 1;
    out += 32;
  } while (bits !== 0);
}

/** Writes the number of the entry of `FIELDS` that ends each record. */
/* @inline */ function writeRecords(to: usize, field: u32, set: u64, lines: u64): usize {
  let records = to;
  for (let left = lines; left !== 0; left &= left - 1) {
    store<u32>(records, field + <u32>popcnt(set & (left ^ (left - 1))) - 1);
    records += 4;
  }
  return records;
}

/**
 * Which bytes of a block are outside of quotes. A quote that neither opens nor closes a field nor is one of two
 * sets `stuckAt`, and bytes from there on are not among them.
 * @param around the delimiters and line ends, within quotes or not
 */
function outsideOf(quotes: u64, around: u64, at: usize, present: u64): u64 {
  const inside = parity(quotes) ^ inQuotes;
  const opening = quotes & inside;
  const closing = quotes & ~inside;
  const beside = around | quotes;
  const odd =
    (opening & ~((beside << 1) | openable)) | (((closing << 1) | closed) & ~beside & present);
  inQuotes = <u64>(<i64>inside >> 63);
  closed = closing >> 63;
  if (odd === 0) return ~inside;
  stuckAt = at + <usize>ctz(odd);
  return ~inside & ((odd & -odd) - 1);
}

function startBatch(from: usize): void {
  openable = 1;
  closed = 0;
  returned = 0;
  inQuotes = 0;
  stuckAt = 0;
  store<u32>(FIELDS, <u32>from - 1);
}

/**
 * Indexes whole records from `from` on, which is the start of one. Quotes are taken for what encloses fields:
 * a quote anywhere else stops the index before its record, with `stuckAt` set.
 * @returns how many records
 */
export function indexBatch(from: usize, end: usize, delimiter: u32): u32 {
  const to = min(end, from + BATCH_BYTES);
  let fields = FIELDS + 4;
  let records = RECORDS;
  startBatch(from);
  for (let at = from; at < to && stuckAt === 0; at += 64) {
    let lines = matches(at, LF);
    const delimiters = matches(at, delimiter);
    let around = lines | delimiters;
    let present: u64 = -1;
    if (at + 64 > to) {
      const left: u64 = to - at;
      present = ((<u64>1) << left) - 1;
    }
    if (returned !== 0 || has(at, CR)) {
      const returns = matches(at, CR);
      // The LF of a CRLF ends nothing that the CR did not.
      lines = (lines & ~((returns << 1) | returned)) | returns;
      around |= returns;
      returned = returns >> 63;
    }
    if ((inQuotes | closed) !== 0 || has(at, QUOTE)) {
      const quotes = matches(at, QUOTE) & present;
      present &= outsideOf(quotes, around, at, present);
      around |= quotes;
    }
    openable = around >> 63;
    lines &= present;
    const set = (delimiters & present) | lines;
    if (set === 0) continue;
    writeFields(fields, at, set);
    records = writeRecords(records, <u32>((fields - FIELDS) >> 2), set, lines);
    fields += (<usize>popcnt(set)) << 2;
  }
  return <u32>((records - RECORDS) >> 2);
}
