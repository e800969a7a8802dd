/** Splits the bytes of a table into records and fields, without making a string of any of them. */

export interface FieldSink {
  /**
   * One field of the current record, unquoted. Only `bytes[start, end)` at the time of the call is the field.
   * @param length how long the field is; more than was kept of it when longer than `KEPT_BYTES`
   */
  field(bytes: Uint8Array, start: number, end: number, length: number): void;
  endRecord(): void;
  blankLine(): void;
}

export interface RecordScanner {
  /** The next bytes, in an encoding that keeps ASCII as it is. */
  write(chunk: Uint8Array): void;
  /** @returns whether the bytes ended inside quotes. */
  end(): boolean;
}

/**
 * What is kept of a field that is cut by a chunk's end or holds doubled quotes, if nothing else is said; bounds memory
 * whatever its length.
 */
export const KEPT_BYTES = 256;

const QUOTE = 0x22;
const LF = 0x0a;
const CR = 0x0d;

const ORDINARY = 0;
const DELIMITS = 1;
const ENDS_LINE = 2;
const QUOTES = 3;

/** Where the scanner stands between two bytes of a field that is not taken in one piece. */
const AT_START = 0;
const PLAIN = 1;
const QUOTED = 2;
/** Behind a quote within quotes: the end, or the first half of a doubled one. */
const CLOSED = 3;

const classesFor = (delimiter: number): Uint8Array => {
  const classes = new Uint8Array(256);
  classes[LF] = ENDS_LINE;
  classes[CR] = ENDS_LINE;
  classes[QUOTE] = QUOTES;
  classes[delimiter] = DELIMITS;
  return classes;
};

interface Scan {
  readonly sink: FieldSink;
  readonly classes: Uint8Array;
  /** The highest byte that is not ordinary: letters and digits are mostly above it. */
  readonly highest: number;
  readonly kept: Uint8Array;
  keptLength: number;
  fieldLength: number;
  state: number;
  /** Fields of the current record so far. */
  fields: number;
  lastWasCr: boolean;
}

const endLine = (scan: Scan, byte: number): void => {
  scan.sink.endRecord();
  scan.fields = 0;
  scan.lastWasCr = byte === CR;
};

/** A line end with nothing before it: the LF of a CRLF, or a line that is no record. */
const endNothing = (scan: Scan, byte: number): void => {
  if (byte === LF && scan.lastWasCr) scan.lastWasCr = false;
  else {
    scan.sink.blankLine();
    scan.lastWasCr = byte === CR;
  }
};

/** A loop, not `set`: most pieces are a few bytes, and a view of each would cost more than the bytes. */
const keep = (scan: Scan, chunk: Uint8Array, start: number, end: number): void => {
  const { kept, keptLength } = scan;
  const fits = Math.min(end - start, kept.length - keptLength);
  for (let at = 0; at < fits; at += 1) kept[keptLength + at] = chunk[start + at] ?? 0;
  scan.keptLength = keptLength + fits;
  scan.fieldLength += end - start;
};

const endKept = (scan: Scan): void => {
  scan.sink.field(scan.kept, 0, scan.keptLength, scan.fieldLength);
  scan.fields += 1;
  scan.state = AT_START;
  scan.keptLength = 0;
  scan.fieldLength = 0;
};

/** Whole fields within one chunk, which is nearly all of them. Returns where it could not go on. */
const scanWhole = (scan: Scan, chunk: Uint8Array, from: number): number => {
  const { sink, classes, highest } = scan;
  let start = from;
  for (let at = from; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0;
    if (byte > highest) continue;
    const kind = classes[byte];
    if (kind === ORDINARY) continue;
    if (kind === DELIMITS) {
      sink.field(chunk, start, at, at - start);
      scan.fields += 1;
    } else if (kind === ENDS_LINE) {
      if (scan.fields > 0 || at > start) {
        sink.field(chunk, start, at, at - start);
        endLine(scan, byte);
      } else endNothing(scan, byte);
    } else if (at > start) {
      continue;
    } else {
      const close = chunk.indexOf(QUOTE, at + 1);
      const follows = close === -1 ? ORDINARY : classes[chunk[close + 1] ?? 0];
      if (follows !== DELIMITS && follows !== ENDS_LINE) {
        scan.state = QUOTED;
        return at + 1;
      }
      sink.field(chunk, at + 1, close, close - at - 1);
      scan.fields += 1;
      at = close + 1;
      if (follows === ENDS_LINE) endLine(scan, chunk[at] ?? 0);
    }
    start = at + 1;
  }
  if (start < chunk.length) scan.state = PLAIN;
  return start;
};

/** The rest of a field that was begun before, or that needs unescaping. Returns where the field ended. */
const scanPieces = (scan: Scan, chunk: Uint8Array, from: number): number => {
  let start = from;
  for (let at = from; at < chunk.length; at += 1) {
    const byte = chunk[at] ?? 0;
    if (scan.state === QUOTED) {
      if (byte !== QUOTE) continue;
      keep(scan, chunk, start, at);
      start = at + 1;
      scan.state = CLOSED;
    } else if (scan.state === CLOSED && byte === QUOTE) {
      // The second half of a doubled quote is the one that is kept.
      start = at;
      scan.state = QUOTED;
    } else {
      const kind = scan.classes[byte];
      scan.state = PLAIN;
      if (kind !== DELIMITS && kind !== ENDS_LINE) continue;
      keep(scan, chunk, start, at);
      endKept(scan);
      if (kind === ENDS_LINE) endLine(scan, byte);
      return at + 1;
    }
  }
  keep(scan, chunk, start, chunk.length);
  return chunk.length;
};

/**
 * RFC 4180, read leniently as most programs write it: LF, CR or CRLF end a record; quotes only count at
 * the start of a field; text behind a closing quote belongs to the field; a lone empty line is no record.
 * @param delimiter the byte between two fields
 */
export const createRecordScanner = (
  delimiter: number,
  sink: FieldSink,
  keptBytes = KEPT_BYTES,
): RecordScanner => {
  const scan: Scan = {
    sink,
    classes: classesFor(delimiter),
    highest: Math.max(delimiter, QUOTE),
    kept: new Uint8Array(keptBytes),
    keptLength: 0,
    fieldLength: 0,
    state: AT_START,
    fields: 0,
    lastWasCr: false,
  };

  return {
    write(chunk) {
      let at = 0;
      while (at < chunk.length) {
        at = (scan.state === AT_START ? scanWhole : scanPieces)(scan, chunk, at);
      }
    },
    end() {
      const isOpen = scan.state === QUOTED;
      if (scan.state !== AT_START || scan.fields > 0) {
        endKept(scan);
        sink.endRecord();
      }
      return isOpen;
    },
  };
};
