/** Profiles Parquet: its footer says what there is, its pages are read in ranges and decoded one by one. */
import type { ProcessorInput } from '../processor.ts';
import { nextTurn } from '../reading/turns.ts';
import { TEXT } from './cell-type.ts';
import { addCell, type Column, createColumn, profileOf, repeatCell } from './column.ts';
import {
  type ColumnChunk,
  decodeParquet,
  type Page,
  type PageOrders,
  type ParquetMetadata,
  type RawValues,
} from './parquet-decoder.ts';
import {
  corrupt,
  createReader,
  FIRST_BYTES,
  type LeafShape,
  leavesOf,
  metadataOf,
  type Read,
  readFooter,
} from './parquet-file.ts';
import type { ColumnReading, ValueBytes } from './parquet-values.ts';
import type { TableSummary } from './summary.ts';

const GiB = 1024 ** 3;
/** Unpacked values that a profile is made of; groups of rows after that are counted only. */
const MOST_VALUE_BYTES = GiB;

interface Leaf {
  readonly name: string;
  readonly reading: ColumnReading;
  readonly column: Column;
  /** Values so far, with the nulls among them; within a list more or fewer than rows. */
  entries: number;
}

const leafOf = ({ name, reading }: LeafShape): Leaf => {
  const column = createColumn();
  // What was stored as a text is one, whatever it looks like.
  if (reading.type === 'text') column.types |= 1 << TEXT;
  return { name, reading, column, entries: 0 };
};

const lengthOf = (values: RawValues): number =>
  'numbers' in values ? values.numbers.length : values.lengths.length;

/** How many values are counted before others get their turn. */
const TURN_VALUES = 50_000;

/** What became of a value of the dictionary when it was counted for the first time. */
const NOT_YET = 0;
const FILLED = 1;
const BLANK = 2;
const ABSENT = 3;

const addValue = (column: Column, value: Uint8Array | undefined): number => {
  if (value === undefined) return ABSENT;
  const { empty } = column;
  addCell(column, { bytes: value, start: 0, end: value.length, value: 0 });
  return column.empty > empty ? BLANK : FILLED;
};

interface Counting {
  readonly length: number;
  readonly signal: AbortSignal;
}

/** @param add the value at this place of the page */
const eachValue = async (
  { length, signal }: Counting,
  add: (at: number) => void,
): Promise<void> => {
  for (let at = 0; at < length; at += 1) {
    add(at);
    if ((at + 1) % TURN_VALUES !== 0) continue;
    await nextTurn(signal);
  }
};

/** The values that a column chunk keeps once, and which of them were counted: a value that comes again costs next to nothing. */
interface Dictionary {
  readonly valueAt: ValueBytes;
  readonly counted: Uint8Array;
}

const addPlace = (column: Column, { valueAt, counted }: Dictionary, place: number): void => {
  const before = counted[place] ?? NOT_YET;
  if (before === NOT_YET) counted[place] = addValue(column, valueAt(place));
  else if (before !== ABSENT) repeatCell(column, before === BLANK);
};

/** Places in a dictionary that is not there are nulls, as they always were. */
const addPage = (
  { leaf, dictionary }: { readonly leaf: Leaf; readonly dictionary: Dictionary | undefined },
  { isIndexed, values }: Page,
  signal: AbortSignal,
): Promise<void> => {
  const { column, reading } = leaf;
  const counting = { length: lengthOf(values), signal };
  if (!isIndexed || !('numbers' in values)) {
    const valueAt = reading.read(values);
    return eachValue(counting, (at) => void addValue(column, valueAt(at)));
  }
  const { numbers } = values;
  return eachValue(counting, (at) => {
    if (dictionary !== undefined) addPlace(column, dictionary, Number(numbers[at]));
  });
};

interface Reading {
  readonly read: Read;
  readonly signal: AbortSignal;
}

/** Adds the values of one column within one group of rows, page by page. */
async function* readChunk(chunk: ColumnChunk, leaf: Leaf, { read, signal }: Reading): PageOrders {
  const { path_in_schema: path, codec, num_values: expected, ...where } = metadataOf(chunk);
  const { dictionary_page_offset: dictionaryAt, data_page_offset: pagesAt } = where;
  let at = dictionaryAt ? Math.min(dictionaryAt, pagesAt) : pagesAt;
  const end = at + where.total_compressed_size;
  let dictionary: Dictionary | undefined;
  let seen = 0;
  let wanted = FIRST_BYTES;
  while (seen < expected) {
    if (at >= end) throw corrupt('A column ends too early.');
    const bytes = await read(at, Math.min(wanted, end - at));
    const answer = yield { bytes, path, codec };
    if ('needs' in answer) {
      if (answer.needs > end - at) throw corrupt('A page is longer than its column.');
      wanted = answer.needs;
      continue;
    }
    const { kind, consumed, entries, values } = answer.page;
    at += consumed;
    wanted = FIRST_BYTES;
    if (kind === 'DICTIONARY_PAGE') {
      const counted = new Uint8Array(lengthOf(values));
      dictionary = { valueAt: leaf.reading.read(values), counted };
    }
    if (!kind.startsWith('DATA_PAGE')) continue;
    await addPage({ leaf, dictionary }, answer.page, signal);
    seen += entries;
    leaf.entries += entries;
  }
}

interface Groups {
  readonly leaves: readonly Leaf[];
  profiledRows: number;
}

/** Groups of rows in their order, until enough of their values were read; the first in any case. */
async function* readGroups(
  { row_groups: groups }: ParquetMetadata,
  found: Groups,
  reading: Reading,
): PageOrders {
  let valueBytes = 0;
  for (const { columns, num_rows: rows } of groups) {
    if (columns.length !== found.leaves.length) throw corrupt('A group of rows lacks a column.');
    for (const { meta_data: meta } of columns) valueBytes += meta?.total_uncompressed_size ?? 0;
    if (found.profiledRows > 0 && valueBytes > MOST_VALUE_BYTES) return;
    for (const [index, leaf] of found.leaves.entries()) {
      const chunk = columns[index];
      if (chunk !== undefined) yield* readChunk(chunk, leaf, reading);
    }
    found.profiledRows += rows;
  }
}

/**
 * @throws NonRetryableError `corrupt`, `encrypted`, `unsupported`; `over_budget` for too many columns, too long a
 *   description, or pages beyond all measure.
 */
export const profileParquet = async (input: ProcessorInput): Promise<TableSummary> => {
  const { budget, signal } = input;
  const read = createReader(input);
  const footer = await readFooter(read, input.source.size);
  let rows = 0;
  let found: Groups = { leaves: [], profiledRows: 0 };
  const readPages = (metadata: ParquetMetadata): PageOrders => {
    const leaves = leavesOf(metadata).map(leafOf);
    budget.reach('entries', leaves.length);
    rows = metadata.num_rows;
    found = { leaves, profiledRows: 0 };
    return readGroups(metadata, found, { read, signal });
  };
  await decodeParquet(footer, readPages, signal);

  const { leaves, profiledRows } = found;
  const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString();
  return {
    header: false,
    records: rows,
    rows,
    columns: leaves.length,
    columnsMin: leaves.length,
    columnsMax: leaves.length,
    ragged: 0,
    raggedRecords: [],
    blankLines: 0,
    unclosedQuote: false,
    columnProfiles: leaves.map(({ name, reading, column, entries }) => ({
      ...profileOf(column, { name, rows: entries, decode }),
      type: reading.type,
    })),
    encoding: null,
    bom: false,
    delimiter: null,
    nulBytes: 0,
    remarks: 0,
    sheet: null,
    profiledRows,
  };
};
