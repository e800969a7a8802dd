/** What was counted of a table, before it is put into words: enough to go on counting, or to be put together with other parts. */
import type { Column } from './column.ts';
import type { SampledRecord } from './sample.ts';

export interface ScannedTable {
  /** Records that are no blank line, the first one among them. */
  readonly records: number;
  /** Over all records; `narrowest` is infinite without any. */
  readonly narrowest: number;
  readonly widest: number;
  /** Records that are not as wide as the first one, and the numbers of the first few, counted from 1. */
  readonly ragged: number;
  readonly raggedRecords: readonly number[];
  readonly blankLines: number;
  /** The bytes end inside quotes. */
  readonly unclosedQuote: boolean;
  /** The fields of the first record, which is not counted into the columns: it may be a header. */
  readonly firstRecord: readonly Uint8Array[];
  readonly columns: readonly Column[];
  /** Of the records without the first one. */
  readonly sample: readonly SampledRecord[];
  /** The key of the first record, for when it is no header. */
  readonly firstKey: number;
}

/** A record that the bytes of a part end in, within quotes. Its whole fields are counted already. */
export interface OpenRecord {
  readonly width: number;
  /** What is kept of the field that is open. */
  readonly value: Uint8Array;
  /** The whole fields, when the record belongs into the sample. */
  readonly sampled: SampledRecord | undefined;
  /** It began before this part, too: its whole fields are the `firstRecord`, and not counted. */
  readonly isRest: boolean;
}

/** What was counted of some bytes of a table. Where they begin within a record, `firstRecord` is the rest of it. */
export interface ScannedPart extends ScannedTable {
  readonly open: OpenRecord | undefined;
}

/** Record numbers of ragged records that are told; the rest is only counted. */
export const RAGGED_TOLD = 10;
