/** Counts the records of a batch in, column by column wherever records of one width follow each other. */
import { sampleRecord, sampleValue } from './caller';
import { columnAt, countBlankLine, countRecords, isSampled, keyOf, widen } from './columns';
import { CR, FIELDS, LF, QUOTE, RECORDS } from './layout';
import { fieldEnd, fieldStart, unquote } from './quotes';
import { countFields, leaveOutBlanks, valueEnd, valueStart } from './value';

/** The first byte of a record, of which `before` is the one in front: not the LF of a CRLF. */
function behind(before: usize): usize {
  const start = before + 1;
  return start + usize(load<u8>(start) === LF && load<u8>(before) === CR);
}

function sampleField(start: usize, end: usize): void {
  if (load<u8>(start) === QUOTE) {
    unquote(start, end);
    leaveOutBlanks(fieldStart, fieldEnd);
  } else leaveOutBlanks(start, end);
  sampleValue(valueStart, valueEnd);
}

function sample(key: u64, field: usize, width: u32): void {
  sampleRecord(<f64>key);
  sampleField(behind(load<u32>(field - 4)), load<u32>(field));
  for (let at: u32 = 1; at < width; at += 1) {
    const entry = field + (at << 2);
    sampleField(load<u32>(entry - 4) + 1, load<u32>(entry));
  }
}

function sampleRun(field: usize, width: u32, records: u32): void {
  let entry = field;
  for (let left = records; left > 0; left -= 1) {
    const key = keyOf(behind(load<u32>(entry - 4)));
    if (isSampled(key)) sample(key, entry, width);
    entry += (<usize>width) << 2;
  }
}

function countRun(field: usize, width: u32, records: u32): void {
  widen(width);
  countRecords(records, width);
  sampleRun(field, width, records);
  for (let at: u32 = 0; at < width; at += 1)
    countFields(columnAt(at), field + (at << 2), (<usize>width) << 2, records, QUOTE);
}

/** Lines of one field: some may be no record at all. */
function countLines(field: usize, lines: u32): void {
  for (let at: u32 = 0; at < lines; at += 1) {
    const entry = field + (at << 2);
    if (behind(load<u32>(entry - 4)) === load<u32>(entry)) countBlankLine();
    else countRun(entry, 1, 1);
  }
}

/** @returns the address behind the last record */
export function countBatch(records: u32): usize {
  let before: u32 = 0;
  let at: u32 = 0;
  while (at < records) {
    const first = at;
    const width = load<u32>(RECORDS + (at << 2)) - before;
    let last = before;
    do {
      last += width;
      at += 1;
    } while (at < records && load<u32>(RECORDS + (at << 2)) - last === width);
    const field = FIELDS + ((<usize>(before + 1)) << 2);
    if (width === 1) countLines(field, at - first);
    else countRun(field, width, at - first);
    before = last;
  }
  return <usize>load<u32>(FIELDS + ((<usize>before) << 2)) + 1;
}
