/** A sample of a table's records that does not depend on the order in which they are seen. */
import { textOrEmpty } from './cell-type.ts';
import { cellOf } from './header.ts';

/** Records of a sample, in a table that is not too wide. */
const MOST_RECORDS = 1_024;
/** What the sample holds of values over all columns; bounds it in a table that is wide. */
const MOST_VALUES = 65_536;
/** Bytes of a value that are kept. */
export const SAMPLED_VALUE_BYTES = 64;

/** What a sample keeps of a field. */
const sampledValueOf = (field: Uint8Array): Uint8Array => {
  const cell = cellOf(field);
  textOrEmpty(cell);
  return field.subarray(cell.start, Math.min(cell.end, cell.start + SAMPLED_VALUE_BYTES));
};

export interface SampledRecord {
  /** As good as random, and the same whenever this record is read: the records with the lowest keys are the sample. */
  readonly key: number;
  /** First bytes of each field, without the blanks around it, one behind the other. */
  readonly bytes: Uint8Array;
  /** Where in `bytes` each field ends. */
  readonly ends: readonly number[];
}

/** What the sample has of one field; undefined where the record is shorter. */
export const sampledValue = (
  { bytes, ends }: SampledRecord,
  index: number,
): Uint8Array | undefined =>
  index < ends.length ? bytes.subarray(ends[index - 1] ?? 0, ends[index]) : undefined;

export const sampledRecord = (key: number, fields: readonly Uint8Array[]): SampledRecord => {
  const values = fields.map(sampledValueOf);
  let end = 0;
  const ends = values.map(({ length }) => {
    end += length;
    return end;
  });
  return { key, bytes: Uint8Array.from(Buffer.concat(values)), ends };
};

/** The record with one field more. */
export const withField = (
  { key, bytes, ends }: SampledRecord,
  field: Uint8Array,
): SampledRecord => {
  const longer = Uint8Array.from(Buffer.concat([bytes, sampledValueOf(field)]));
  return { key, bytes: longer, ends: [...ends, longer.length] };
};

/** How many records the sample of a table has; a part of it keeps as many at least. */
const sampleSize = (columns: number): number =>
  Math.min(MOST_RECORDS, Math.floor(MOST_VALUES / Math.max(columns, 1)));

/** The sample of all records that these samples are of. */
export const sampleOf = (
  records: readonly SampledRecord[],
  columns: number,
): readonly SampledRecord[] =>
  [...records].sort((left, right) => left.key - right.key).slice(0, sampleSize(columns));

export interface Sample {
  add(record: SampledRecord): void;
  /** Lets go of what the sample will not hold; answers the key from which on records need not be added any more. */
  trim(columns: number): number;
  records(columns: number): readonly SampledRecord[];
}

export const createSample = (): Sample => {
  let records: SampledRecord[] = [];
  let bound = Number.MAX_SAFE_INTEGER;
  return {
    add(record) {
      records.push(record);
    },
    trim(columns) {
      const size = sampleSize(columns);
      // Sorting only when there are half as many again costs little per record.
      if (records.length >= 1.5 * size) {
        records = [...sampleOf(records, columns)];
        bound = records.at(-1)?.key ?? bound;
      }
      return bound;
    },
    records: (columns) => sampleOf(records, columns),
  };
};
