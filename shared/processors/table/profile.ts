/** Puts what was counted of a table into words. */
import { createTurns } from '../reading/turns.ts';
import { addCell, type ColumnProfile, createColumn, profileOf } from './column.ts';
import { cellOf, isHeader } from './header.ts';
import { sampledRecord, sampledValue, sampleOf } from './sample.ts';
import type { ScannedTable } from './scanned-table.ts';
import { type Spread, spreadOf } from './spread.ts';

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
  /** Records that histograms and top values are counted in: all, in a small table. */
  readonly sampled?: number;
  readonly columnProfiles: readonly (ColumnProfile & Spread)[];
}

/**
 * @param decode turns kept bytes, which may be cut within a character, into text
 * @throws the reason of the stop, between two columns: a table may have many
 */
export const profileOfTable = async (
  table: ScannedTable,
  decode: (bytes: Uint8Array) => string,
  signal: AbortSignal,
): Promise<TableProfile> => {
  const { records, firstRecord, columns: counted, widest } = table;
  const header = isHeader(firstRecord, counted, records > 1);
  const rows = records - (header ? 1 : 0);
  // A part of a table may have fewer columns than the first record.
  const columns = firstRecord.map((_, index) => counted[index] ?? createColumn());
  columns.push(...counted.slice(columns.length));
  if (!header) {
    for (const [index, value] of firstRecord.entries()) {
      const column = columns[index];
      if (column !== undefined) addCell(column, cellOf(value));
    }
  }
  const first = sampledRecord(table.firstKey, firstRecord);
  const sample = sampleOf(header ? table.sample : [first, ...table.sample], widest);
  const turns = createTurns(signal);
  const columnProfiles: (ColumnProfile & Spread)[] = [];
  for (const [index, column] of columns.entries()) {
    const name = header ? firstRecord[index] : undefined;
    const profile = profileOf(column, {
      name: name === undefined ? null : decode(name),
      rows,
      decode,
    });
    const values = sample.map((record) => sampledValue(record, index)).filter(isFilled);
    columnProfiles.push({ ...profile, ...spreadOf(values, { ...profile, decode }) });
    if (turns.isOver()) await turns.next();
  }
  return {
    header,
    records,
    rows,
    columns: firstRecord.length,
    columnsMin: records === 0 ? 0 : table.narrowest,
    columnsMax: widest,
    ragged: table.ragged,
    raggedRecords: table.raggedRecords,
    blankLines: table.blankLines,
    unclosedQuote: table.unclosedQuote,
    sampled: sample.length,
    columnProfiles,
  };
};

const isFilled = (value: Uint8Array | undefined): value is Uint8Array =>
  value !== undefined && value.length > 0;
