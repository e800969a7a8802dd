/** Profiles the records of one table while they stream by. */
import { addCell, type Column, type ColumnProfile, createColumn, profileOf } from './column.ts';
import { cellOf, isHeader } from './header.ts';
import { createRecordScanner, type FieldSink } from './record-scanner.ts';

/** Record numbers of ragged records that are told; the rest is only counted. */
const RAGGED_TOLD = 10;

export interface TableProfile {
  readonly header: boolean;
  /** Records that are no blank line, the header among them. */
  readonly records: number;
  /** Records without the header. */
  readonly rows: number;
  /** Width of the first record. */
  readonly columns: number;
  readonly columnsMin: number;
  readonly columnsMax: number;
  /** Records that are not as wide as the first one, and the numbers of the first few, counted from 1. */
  readonly ragged: number;
  readonly raggedRecords: readonly number[];
  readonly blankLines: number;
  /** The file ends inside quotes: a quote is missing somewhere, and all from there is one field. */
  readonly unclosedQuote: boolean;
  readonly columnProfiles: readonly ColumnProfile[];
}

export interface TableProfiler {
  write(chunk: Uint8Array): void;
  end(decode: (bytes: Uint8Array) => string): TableProfile;
}

interface Tally {
  records: number;
  narrowest: number;
  widest: number;
  ragged: number;
  blankLines: number;
  readonly raggedRecords: number[];
}

const createTally = (): Tally => ({
  records: 0,
  narrowest: Number.POSITIVE_INFINITY,
  widest: 0,
  ragged: 0,
  blankLines: 0,
  raggedRecords: [],
});

const countRecord = (tally: Tally, width: number, expected: number): void => {
  tally.records += 1;
  if (width < tally.narrowest) tally.narrowest = width;
  if (width > tally.widest) tally.widest = width;
  if (width === expected) return;
  tally.ragged += 1;
  if (tally.raggedRecords.length < RAGGED_TOLD) tally.raggedRecords.push(tally.records);
};

/**
 * @param delimiter the byte between two fields
 * @param onWidth called with the number of a column when it is seen for the first time; may throw to stop
 */
export const createTableProfiler = (
  delimiter: number,
  onWidth: (columns: number) => void,
): TableProfiler => {
  const tally = createTally();
  const columns: Column[] = [];
  const firstRecord: Uint8Array[] = [];
  const cell = cellOf(new Uint8Array(0));
  let width = 0;

  const columnAt = (index: number): Column => {
    const known = columns[index];
    if (known !== undefined) return known;
    onWidth(index + 1);
    const column = createColumn();
    columns.push(column);
    return column;
  };

  const sink: FieldSink = {
    field(bytes, start, end) {
      const column = columnAt(width);
      width += 1;
      // Whether the first record is a header is known at the end, so it waits.
      if (tally.records === 0) {
        firstRecord.push(Uint8Array.from(bytes.subarray(start, Math.min(end, start + 256))));
        return;
      }
      // Most fields are of the same chunk, and writing a reference costs more than comparing it.
      if (cell.bytes !== bytes) cell.bytes = bytes;
      cell.start = start;
      cell.end = end;
      addCell(column, cell);
    },
    endRecord() {
      countRecord(tally, width, tally.records === 0 ? width : firstRecord.length);
      width = 0;
    },
    blankLine() {
      tally.blankLines += 1;
    },
  };
  const scanner = createRecordScanner(delimiter, sink);

  return {
    write: scanner.write,
    end(decode) {
      const unclosedQuote = scanner.end();
      const header = isHeader(firstRecord, columns, tally.records > 1);
      const rows = tally.records - (header ? 1 : 0);
      if (!header) {
        for (const [index, value] of firstRecord.entries()) addCell(columnAt(index), cellOf(value));
      }
      const names = header ? firstRecord.map((value) => decode(value)) : [];
      return {
        header,
        records: tally.records,
        rows,
        columns: firstRecord.length,
        columnsMin: tally.records === 0 ? 0 : tally.narrowest,
        columnsMax: tally.widest,
        ragged: tally.ragged,
        raggedRecords: tally.raggedRecords,
        blankLines: tally.blankLines,
        unclosedQuote,
        columnProfiles: columns.map((column, index) =>
          profileOf(column, { name: names[index] ?? null, rows, decode }),
        ),
      };
    },
  };
};
