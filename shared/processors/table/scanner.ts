/** Counts the records of a table into columns, in WebAssembly, whatever the chunks are in which its bytes come. */
import { type Column, type Example, keepExample } from './column.ts';
import { createSample, SAMPLED_VALUE_BYTES, type SampledRecord } from './sample.ts';
import type { ScannedPart, ScannedTable } from './scanned-table.ts';
import { columnsInTurns, columnsOf, countsOf, openRecordOf } from './scanner-counts.ts';
import { loadScanner, type ScannerCaller } from './scanner-module.ts';

export interface TableScanner {
  /** Where the next bytes may be written right away, at least `WINDOW_BYTES` of them; valid until they are taken. */
  room(): Buffer;
  /** Takes so many bytes from the start of the room. */
  take(bytes: number): void;
  /** The next bytes, in an encoding that keeps ASCII as it is. */
  write(chunk: Uint8Array): void;
  /** Leaves bytes out: such as lie within a quoted field of which as much was written as is kept. */
  skip(bytes: number): void;
  /** The file ends here. */
  end(): ScannedTable;
  /**
   * The same, but others have their turn between the columns, of which there may be many.
   * @throws the reason of the stop
   */
  endInTurns(signal: AbortSignal): Promise<ScannedTable>;
  /** The file goes on: a record that these bytes end in, within quotes, stays open. */
  pause(): ScannedPart;
}

export interface ScannerOptions {
  /** The byte between two fields. */
  readonly delimiter: number;
  /** Where in the file the first byte is that will be written. */
  readonly place: number;
  /** Called with the number of a column when it is seen for the first time; may throw to stop. */
  readonly onWidth: (columns: number) => void;
  /** For bytes behind the first record of the table: how wide that is, and whether they begin within a quoted field. */
  readonly behind?: { readonly width: number; readonly isQuoted: boolean };
}

/** Bytes of a name that are told. */
const FIRST_RECORD_BYTES = 256;

/** What the scanner tells while it reads. */
const createListener = (memory: () => Uint8Array, { onWidth }: ScannerOptions) => {
  const copyOf = (start: number, end: number): Uint8Array => memory().slice(start, end);
  const firstRecord: Uint8Array[] = [];
  const examples: Example[][] = [];
  const sample = createSample();
  /** The values of the record that is being taken into the sample. */
  let [key, bytes, ends]: [number, Uint8Array, number[]] = [-1, new Uint8Array(1_024), []];

  /** The record that was being taken. */
  const takeSampled = (): SampledRecord | undefined => {
    const record = key < 0 ? undefined : { key, bytes: bytes.slice(0, ends.at(-1) ?? 0), ends };
    [key, ends] = [-1, []];
    return record;
  };
  const endSampled = (): void => {
    const record = takeSampled();
    if (record !== undefined) sample.add(record);
  };
  const caller: ScannerCaller = {
    widened(columns) {
      examples.push([]);
      onWidth(columns);
    },
    firstRecord(start, end) {
      firstRecord.push(copyOf(start, Math.min(end, start + FIRST_RECORD_BYTES)));
    },
    example(column, start, end, at) {
      const bytes = copyOf(start, end);
      return keepExample(examples[column] ?? [], { bytes, start: 0, end: bytes.length }, at);
    },
    sampleRecord(next) {
      endSampled();
      key = next;
    },
    sampleValue(start, end) {
      const from = ends.at(-1) ?? 0;
      const length = Math.min(end - start, SAMPLED_VALUE_BYTES);
      if (from + length > bytes.length) bytes = Uint8Array.from([...bytes, ...bytes]);
      const source = memory();
      // A loop, not `set`: most values are a few bytes, and a view of each would cost more.
      for (let at = 0; at < length; at += 1) bytes[from + at] = source[start + at] ?? 0;
      ends.push(from + length);
    },
    parseNumber(start, end) {
      return Number(Buffer.from(copyOf(start, end)).toString('latin1'));
    },
  };
  return { caller, copyOf, firstRecord, examples, sample, takeSampled, endSampled };
};

/**
 * RFC 4180, read leniently as most programs write it: LF, CR or CRLF end a record; quotes only count at the start of
 * a field; text behind a closing quote belongs to the field; a lone empty line is no record.
 */
export const createTableScanner = (options: ScannerOptions): TableScanner => {
  let bytes = new Uint8Array(0);
  /** The memory moves when it grows. */
  const memory = (): Uint8Array => {
    if (bytes.buffer !== scanner.memory.buffer) bytes = new Uint8Array(scanner.memory.buffer);
    return bytes;
  };
  const listener = createListener(memory, options);
  const scanner = loadScanner(listener.caller);
  const [first, last] = [scanner.INPUT.value, scanner.INPUT.value + scanner.INPUT_BYTES.value];
  let [start, end] = [first, first];
  /** Where in the file `start` is. */
  let { place } = options;
  scanner.setPlace(0, first);
  const firstKey = Number(scanner.keyOf(first));
  const { width = 0, isQuoted = false } = options.behind ?? {};
  scanner.begin(options.delimiter, width, isQuoted);

  const room = (): Buffer => {
    memory().copyWithin(first, start, end);
    end -= start - first;
    start = first;
    return Buffer.from(scanner.memory.buffer, end, last - end);
  };
  const take = (length: number): void => {
    end += length;
    scanner.setPlace(place, start);
    const read = scanner.scan(start, end);
    place += read - start;
    start = read;
    scanner.sampleUpTo(listener.sample.trim(scanner.widest.value));
  };

  const readRest = (): boolean => {
    scanner.setPlace(place, start);
    const isWithinQuotes = scanner.readRest(start, end) !== 0;
    start = end;
    return isWithinQuotes;
  };
  const told = (columns: readonly Column[]) => ({
    ...countsOf(scanner, listener, columns),
    firstKey,
  });
  const readAll = (): boolean => {
    const unclosedQuote = readRest();
    scanner.end();
    listener.endSampled();
    return unclosedQuote;
  };
  return {
    room,
    take,
    write(chunk) {
      for (let taken = 0; taken < chunk.length; ) {
        const target = room();
        const piece = chunk.subarray(taken, taken + target.length);
        target.set(piece);
        taken += piece.length;
        take(piece.length);
      }
    },
    skip(bytes) {
      place += bytes;
    },
    end() {
      const unclosedQuote = readAll();
      return { ...told(columnsOf(scanner, listener)), unclosedQuote };
    },
    async endInTurns(signal) {
      const unclosedQuote = readAll();
      return { ...told(await columnsInTurns(scanner, listener, signal)), unclosedQuote };
    },
    pause() {
      if (!readRest()) return { ...this.end(), open: undefined };
      const open = openRecordOf(scanner, listener);
      return { ...told(columnsOf(scanner, listener)), unclosedQuote: false, open };
    },
  };
};
