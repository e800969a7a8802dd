/** Reads what the scanner has counted out of its memory. */
import { mapInTurns } from '../reading/turns.ts';
import { type Column, type Example, restoreColumn } from './column.ts';
import { REGISTERS } from './distinct.ts';
import type { Sample, SampledRecord } from './sample.ts';
import type { OpenRecord, ScannedTable } from './scanned-table.ts';
import type { ScannerExports } from './scanner-module.ts';

/** What was told while it read. */
interface Told {
  readonly firstRecord: readonly Uint8Array[];
  readonly examples: readonly Example[][];
  readonly sample: Sample;
  /** Copies bytes of the scanner's memory. */
  copyOf(start: number, end: number): Uint8Array;
  /** The record that was being taken into the sample; forgotten after that. */
  takeSampled(): SampledRecord | undefined;
}

/** Copies a column out of the scanner's memory, by its number. */
const columnReader = (
  scanner: ScannerExports,
  { examples, copyOf }: Pick<Told, 'examples' | 'copyOf'>,
): ((index: number) => Column) => {
  const view = new DataView(scanner.memory.buffer);
  const valueAt = (length: number, at: number): Uint8Array | undefined => {
    const bytes = view.getInt32(length, true);
    return bytes < 0 ? undefined : copyOf(at, at + bytes);
  };
  return (index) => {
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
  };
};

const columnNumbers = ({ columns }: ScannerExports): readonly number[] => [
  ...Array(columns.value).keys(),
];

/** The columns, all at once. */
export const columnsOf = (scanner: ScannerExports, told: Told): readonly Column[] =>
  columnNumbers(scanner).map(columnReader(scanner, told));

/**
 * The columns, while others have their turns. Nothing may be read meanwhile.
 * @throws the reason of the stop
 */
export const columnsInTurns = (
  scanner: ScannerExports,
  told: Told,
  signal: AbortSignal,
): Promise<readonly Column[]> =>
  mapInTurns(columnNumbers(scanner), { signal }, columnReader(scanner, told));

const raggedRecordsOf = ({ memory, ragged, RAGGED, RAGGED_TOLD }: ScannerExports) => {
  const told = Math.min(ragged.value, RAGGED_TOLD.value);
  return [...new Float64Array(memory.buffer, RAGGED.value, told)];
};

/** What was counted so far. */
export const countsOf = (
  scanner: ScannerExports,
  { firstRecord, sample }: Pick<Told, 'firstRecord' | 'sample'>,
  columns: readonly Column[],
): Omit<ScannedTable, 'unclosedQuote' | 'firstKey'> => {
  const { records, narrowest, widest, ragged, blankLines } = scanner;
  return {
    records: records.value,
    narrowest: records.value === 0 ? Number.POSITIVE_INFINITY : narrowest.value >>> 0,
    widest: widest.value,
    ragged: ragged.value,
    raggedRecords: raggedRecordsOf(scanner),
    blankLines: blankLines.value,
    firstRecord,
    columns,
    sample: sample.records(widest.value),
  };
};

/** The record that the scanner stands in, within quotes. */
export const openRecordOf = (
  { width, KEPT, keptLength, isRest }: ScannerExports,
  { copyOf, takeSampled }: Told,
): OpenRecord => ({
  width: width.value,
  value: copyOf(KEPT.value, KEPT.value + keptLength.value),
  sampled: takeSampled(),
  isRest: isRest.value !== 0,
});
