/** Counts the records of a table into columns, in WebAssembly, whatever the chunks are in which its bytes come. */
import { type Column, type Example, keepExample, restoreColumn } from './column.ts';
import { REGISTERS } from './distinct.ts';
import { createSample, SAMPLED_VALUE_BYTES } from './sample.ts';
import type { ScannedTable } from './scanned-table.ts';
import { loadScanner, type ScannerCaller, type ScannerExports } from './scanner-module.ts';

export interface TableScanner {
  /** Where the next bytes may be written right away, at least `WINDOW_BYTES` of them; valid until they are taken. */
  room(): Buffer;
  /** Takes so many bytes from the start of the room. */
  take(bytes: number): void;
  /** The next bytes, in an encoding that keeps ASCII as it is. */
  write(chunk: Uint8Array): void;
  end(): ScannedTable;
}

export interface ScannerOptions {
  /** The byte between two fields. */
  readonly delimiter: number;
  /** Where in the file the first byte is that will be written. */
  readonly place: number;
  /** Called with the number of a column when it is seen for the first time; may throw to stop. */
  readonly onWidth: (columns: number) => void;
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

  const endSampled = (): void => {
    if (key >= 0) sample.add({ key, bytes: bytes.slice(0, ends.at(-1)), ends });
    [key, ends] = [-1, []];
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
  return { caller, copyOf, firstRecord, examples, sample, endSampled };
};

/** Reads the columns out of the scanner's memory. */
const columnsOf = (
  scanner: ScannerExports,
  examples: readonly Example[][],
  copyOf: (start: number, end: number) => Uint8Array,
): readonly Column[] => {
  const view = new DataView(scanner.memory.buffer);
  const valueAt = (length: number, at: number): Uint8Array | undefined => {
    const bytes = view.getInt32(length, true);
    return bytes < 0 ? undefined : copyOf(at, at + bytes);
  };
  return Array.from({ length: scanner.columns.value }, (_, index) => {
    const at = scanner.COLUMNS.value + index * scanner.COLUMN_BYTES.value;
    const registers = at + scanner.REGISTERS.value;
    return restoreColumn({
      cells: Number(view.getBigUint64(at + scanner.CELLS.value, true)),
      empty: Number(view.getBigUint64(at + scanner.EMPTIES.value, true)),
      types: view.getUint32(at + scanner.TYPES.value, true) & ~scanner.WANTS_EXAMPLES.value,
      low: view.getFloat64(at + scanner.LOW.value, true),
      high: view.getFloat64(at + scanner.HIGH.value, true),
      first: valueAt(at + scanner.FIRST_LENGTH.value, at + scanner.FIRST.value),
      last: valueAt(at + scanner.LAST_LENGTH.value, at + scanner.LAST.value),
      examples: examples[index] ?? [],
      registers: copyOf(registers, registers + REGISTERS),
    });
  });
};

const raggedRecordsOf = ({ memory, ragged, RAGGED, RAGGED_TOLD }: ScannerExports) => {
  const told = Math.min(ragged.value, RAGGED_TOLD.value);
  return [...new Float64Array(memory.buffer, RAGGED.value, told)];
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
  const { sample, firstRecord, examples, copyOf } = listener;
  const scanner = loadScanner(listener.caller);
  const [first, last] = [scanner.INPUT.value, scanner.INPUT.value + scanner.INPUT_BYTES.value];
  let [start, end] = [first, first];
  /** Where in the file `start` is. */
  let { place } = options;
  scanner.setPlace(0, first);
  const firstKey = Number(scanner.keyOf(first));
  scanner.begin(options.delimiter, 0);

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
    scanner.sampleUpTo(sample.trim(scanner.widest.value));
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
    end() {
      scanner.setPlace(place, start);
      const unclosedQuote = scanner.end(start, end) !== 0;
      listener.endSampled();
      const { records, narrowest, widest, ragged, blankLines } = scanner;
      return {
        records: records.value,
        narrowest: records.value === 0 ? Number.POSITIVE_INFINITY : narrowest.value >>> 0,
        widest: widest.value,
        ragged: ragged.value,
        raggedRecords: raggedRecordsOf(scanner),
        blankLines: blankLines.value,
        unclosedQuote,
        firstRecord,
        columns: columnsOf(scanner, examples, copyOf),
        sample: sample.records(widest.value),
        firstKey,
      };
    },
  };
};
