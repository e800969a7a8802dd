/** Puts what was counted of the parts of a table together, in their order: the same as if all had been counted at once. */
import { NonRetryableError } from '../../../domain/errors.ts';
import { addCell, addColumn, type Column, createColumn } from '../column.ts';
import { cellOf } from '../header.ts';
import { type SampledRecord, sampleOf, withField } from '../sample.ts';
import {
  type OpenRecord,
  RAGGED_TOLD,
  type ScannedPart,
  type ScannedTable,
} from '../scanned-table.ts';
import type { CountedPart, TooWide } from './part-scanner.ts';

/** A field counts by its first bytes. */
const VALUE_BYTES = 256;
const NOTHING = new Uint8Array();

export interface JoinedTable {
  /** @throws what `onWidth` throws; NonRetryableError `over_budget` for a part that was too wide. */
  add(part: CountedPart): void;
  /** All parts were added. */
  end(): ScannedTable;
}

const detailOf = ({ tooWide }: TooWide) => (tooWide === undefined ? {} : { detail: tooWide });

const joinedValue = (start: Uint8Array, rest: Uint8Array | undefined): Uint8Array =>
  Buffer.concat([start, rest ?? NOTHING]).subarray(0, VALUE_BYTES);

/** What is counted of all records that are over. */
const createCounts = (firstWidth: number, onWidth: (columns: number) => void) => {
  const columns: Column[] = [];
  const raggedRecords: number[] = [];
  let sample: readonly SampledRecord[] = [];
  let [records, narrowest, widest] = [0, Number.POSITIVE_INFINITY, 0];
  let [ragged, blankLines] = [0, 0];

  const columnAt = (index: number): Column => {
    while (columns.length <= index) {
      onWidth(columns.length + 1);
      columns.push(createColumn());
    }
    // Made above when it was not there.
    return columns[index] ?? createColumn();
  };

  return {
    endField(record: OpenRecord, value: Uint8Array): OpenRecord {
      addCell(columnAt(record.width), cellOf(value));
      const sampled = record.sampled && withField(record.sampled, value);
      return { ...record, width: record.width + 1, sampled, value: NOTHING };
    },
    endRecord({ width, sampled }: OpenRecord): void {
      records += 1;
      narrowest = Math.min(narrowest, width);
      widest = Math.max(widest, width);
      if (sampled !== undefined) sample = [...sample, sampled];
      if (width === firstWidth) return;
      ragged += 1;
      if (raggedRecords.length < RAGGED_TOLD) raggedRecords.push(records);
    },
    add(part: ScannedPart): void {
      part.columns.forEach((column, index) => {
        addColumn(columnAt(index), column);
      });
      const room = RAGGED_TOLD - raggedRecords.length;
      raggedRecords.push(...part.raggedRecords.slice(0, room).map((at) => records + at));
      records += part.records;
      narrowest = Math.min(narrowest, part.narrowest);
      widest = Math.max(widest, part.widest);
      ragged += part.ragged;
      blankLines += part.blankLines;
      sample = sampleOf([...sample, ...part.sample], widest);
    },
    counts: () => ({
      ...{ records, narrowest, widest, ragged, raggedRecords, blankLines, columns },
      sample: sampleOf(sample, widest),
    }),
  };
};

/**
 * @param first the part that the file begins with
 * @param onWidth called with the number of columns when the table gets wider; may throw to stop
 */
export const createJoinedTable = (
  first: ScannedPart,
  onWidth: (columns: number) => void,
): JoinedTable => {
  const { firstRecord, firstKey } = first;
  const all = createCounts(firstRecord.length, onWidth);
  let open: OpenRecord | undefined;
  let unclosedQuote = false;

  /** The open record goes on with the fields that the next bytes begin with. */
  const goOn = (record: OpenRecord, { firstRecord: fields, open: rest }: ScannedPart): void => {
    let next = { ...record, value: joinedValue(record.value, fields[0]) };
    fields.forEach((_, index) => {
      next = { ...all.endField(next, next.value), value: fields[index + 1] ?? NOTHING };
    });
    const goesOn = rest?.isRest === true;
    open = goesOn ? { ...next, value: joinedValue(next.value, rest.value) } : undefined;
    if (!goesOn) all.endRecord(next);
  };
  const addBytes = (part: ScannedPart): void => {
    if (open !== undefined) goOn(open, part);
    all.add(part);
    unclosedQuote ||= part.unclosedQuote;
    if (part.open?.isRest === false) open = part.open;
  };

  addBytes(first);
  return {
    add({ ofRecord, ofQuoted, common }) {
      const right = open === undefined ? ofRecord : ofQuoted;
      if ('tooWide' in right) throw new NonRetryableError('over_budget', detailOf(right));
      addBytes(right);
      if (common !== undefined) addBytes(common);
    },
    end() {
      if (open !== undefined) {
        // The file ends within quotes.
        all.endRecord(all.endField(open, open.value));
        unclosedQuote = true;
      }
      return { ...all.counts(), unclosedQuote, firstRecord, firstKey };
    },
  };
};
