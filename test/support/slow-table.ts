/** Counts a table the slow way, one field after the other: what the scanner is held against. */
import { addCell, type Column, createColumn } from '../../shared/processors/table/column.ts';
import { cellOf } from '../../shared/processors/table/header.ts';
import { createRecordScanner } from '../../shared/processors/table/record-scanner.ts';
import { type SampledRecord, sampledRecord } from '../../shared/processors/table/sample.ts';
import { RAGGED_TOLD, type ScannedTable } from '../../shared/processors/table/scanned-table.ts';

export interface SlowTable extends Omit<ScannedTable, 'sample' | 'firstKey'> {
  /** All records but the first, as a sample would keep them. */
  readonly all: readonly SampledRecord[];
}

export const scanSlowly = (chunks: Iterable<Uint8Array>, delimiter: number): SlowTable => {
  const columns: Column[] = [];
  const firstRecord: Uint8Array[] = [];
  const raggedRecords: number[] = [];
  const all: SampledRecord[] = [];
  let record: Uint8Array[] = [];
  let [records, narrowest, widest] = [0, Number.POSITIVE_INFINITY, 0];
  let [ragged, blankLines] = [0, 0];

  const scanner = createRecordScanner(delimiter, {
    field(bytes, start, end) {
      const value = Uint8Array.from(bytes.subarray(start, Math.min(end, start + 256)));
      const column = columns[record.length] ?? createColumn();
      columns[record.length] = column;
      if (records === 0) firstRecord.push(value);
      else addCell(column, cellOf(value));
      record.push(value);
    },
    endRecord() {
      const width = record.length;
      if (records > 0) all.push(sampledRecord(0, record));
      records += 1;
      narrowest = Math.min(narrowest, width);
      widest = Math.max(widest, width);
      record = [];
      if (width === firstRecord.length) return;
      ragged += 1;
      if (raggedRecords.length < RAGGED_TOLD) raggedRecords.push(records);
    },
    blankLine() {
      blankLines += 1;
    },
  });
  for (const chunk of chunks) scanner.write(chunk);
  const unclosedQuote = scanner.end();
  return {
    records,
    narrowest,
    widest,
    ragged,
    raggedRecords,
    blankLines,
    unclosedQuote,
    firstRecord,
    columns,
    all,
  };
};
