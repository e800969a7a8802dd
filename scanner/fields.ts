/** Reads fields byte by byte: the first record, records that do not end in their batch, quotes in odd places. */
import { firstRecord, sampleRecord, sampleValue } from './caller';
import { columnAt, countBlankLine, countRecords, expect, isSampled, keyOf, widen } from './columns';
import { CR, KEPT, KEPT_FIELD, LF, QUOTE, VALUE_BYTES } from './layout';
import { countFields, leaveOutBlanks, valueEnd, valueStart } from './value';

const AT_START: u32 = 0;
const PLAIN: u32 = 1;
const QUOTED: u32 = 2;
/** Behind a quote within quotes: the end, or the first half of a doubled one. */
const CLOSED: u32 = 3;
/** No byte: the quotes are gone already. */
const NO_MARK: u32 = 256;

let state: u32 = AT_START;
/** Bytes of the current field that are kept. */
export let keptLength: usize = 0;
/** Fields of the current record so far. */
export let width: u32 = 0;
let isInSample: bool = false;
/** The byte before was a CR that ended a record: an LF belongs to it. */
export let lastWasCr: bool = false;
/** Whether the first record is a header is known at the end, so it waits with the caller. */
let isFirst: bool = true;
/** The first record is the rest of one that began before these bytes: it waits with the caller, and is not counted. */
export let isRest: bool = false;

/** Between two records, neither of which is the first one. */
export function isBetweenRecords(): bool {
  return state === AT_START && width === 0 && !isFirst;
}

export function setLastWasCr(wasCr: bool): void {
  lastWasCr = wasCr;
}

/** There is no first record to wait for: the table began before. */
export function skipFirst(): void {
  isFirst = false;
}

/** The bytes begin within a quoted field. */
export function beginQuoted(): void {
  state = QUOTED;
  isRest = true;
}

/** A quoted field is not closed yet. */
export function isQuoted(): bool {
  return state === QUOTED;
}

function keep(byte: u32): void {
  if (keptLength === VALUE_BYTES) return;
  store<u8>(KEPT + keptLength, <u8>byte);
  keptLength += 1;
}

function beginRecord(at: usize): void {
  const key = keyOf(at);
  isInSample = !isFirst && isSampled(key);
  if (isInSample) sampleRecord(<f64>key);
}

function endField(): void {
  widen(width + 1);
  if (isFirst) firstRecord(KEPT, KEPT + keptLength);
  else {
    store<u32>(KEPT_FIELD, <u32>(KEPT - 1));
    store<u32>(KEPT_FIELD, <u32>(KEPT + keptLength), 4);
    countFields(columnAt(width), KEPT_FIELD + 4, 0, 1, NO_MARK);
    if (isInSample) {
      leaveOutBlanks(KEPT, KEPT + keptLength);
      sampleValue(valueStart, valueEnd);
    }
  }
  width += 1;
  keptLength = 0;
  state = AT_START;
}

function endRecord(byte: u32): void {
  if (isFirst && !isRest) expect(width);
  if (!isRest) countRecords(1, width);
  isFirst = false;
  isRest = false;
  width = 0;
  lastWasCr = byte === CR;
}

/** A line end with nothing before it: the LF of a CRLF, or a line that is no record. */
function endNothing(byte: u32): void {
  if (byte === LF && lastWasCr) lastWasCr = false;
  else {
    countBlankLine();
    lastWasCr = byte === CR;
  }
}

/**
 * Goes on from wherever it stood, up to the first line end at `until` or behind it that ends a record.
 * @returns the address behind what was read
 */
export function readFields(from: usize, end: usize, until: usize, delimiter: u32): usize {
  for (let at = from; at < end; at += 1) {
    const byte = <u32>load<u8>(at);
    const isLineEnd = byte === LF || byte === CR;
    if (state === AT_START && width === 0) {
      if (isLineEnd) {
        endNothing(byte);
        if (at >= until) return at + 1;
        continue;
      }
      beginRecord(at);
    }
    if (state === QUOTED) {
      if (byte === QUOTE) state = CLOSED;
      else keep(byte);
    } else if (state === CLOSED && byte === QUOTE) {
      keep(byte);
      state = QUOTED;
    } else if (byte === delimiter) endField();
    else if (isLineEnd) {
      endField();
      endRecord(byte);
      if (at >= until) return at + 1;
    } else if (state === AT_START && byte === QUOTE) state = QUOTED;
    else {
      state = PLAIN;
      keep(byte);
    }
  }
  return end;
}

/** The file ends here. */
export function endFields(): void {
  if (state === AT_START && width === 0) return;
  endField();
  endRecord(0);
}
