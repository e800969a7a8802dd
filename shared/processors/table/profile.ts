/** Puts what was counted of a table into words. */
import { eachInTurns, mapInTurns } from '../reading/turns.ts';
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

/** Sampled values that cost as much as all else of a column. */
const SAMPLED_PER_UNIT = 16;

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
  const header = await isHeader(firstRecord, counted, { hasRows: records > 1, signal });
  const rows = records - (header ? 1 : 0);
  // A part of a table may have fewer columns than the first record.
  const columns = firstRecord.map((_, index) => counted[index] ?? createColumn());
  columns.push(...counted.slice(columns.length));
  if (!header) {
    await eachInTurns(firstRecord, { signal }, (value, index) => {
      const column = columns[index];
      if (column !== undefined) addCell(column, cellOf(value));
    });
  }
  const sampled = header
    ? table.sample
    : [sampledRecord(table.firstKey, firstRecord), ...table.sample];
  const sample = sampleOf(sampled, widest);
  const pass = { signal, cost: 1 + sample.length / SAMPLED_PER_UNIT };
  const columnProfiles = await mapInTurns(columns, pass, (column, index) => {
    const name = header ? firstRecord[index] : undefined;
    const profile = profileOf(column, {
      name: name === undefined ? null : decode(name),
      rows,
      decode,
    });
    const values = sample.map((record) => sampledValue(record, index)).filter(isFilled);
    return { ...profile, ...spreadOf(values, { ...profile, decode }) };
  });
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
