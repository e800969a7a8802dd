/** Profiles Parquet: its footer says what there is, its pages are read in ranges and decoded one by one. */
import type { ProcessorInput } from '../processor.ts';
import { nextTurn } from '../reading/turns.ts';
import { TEXT } from './cell-type.ts';
import { addCell, type Column, createColumn, profileOf } from './column.ts';
import { cellOf } from './header.ts';
import {
  type ColumnChunk,
  decodeParquet,
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
  remembering,
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

const addValues = async (
  { column }: Leaf,
  valueAt: ValueBytes,
  { length, signal }: { readonly length: number; readonly signal: AbortSignal },
): Promise<void> => {
  const cell = cellOf(new Uint8Array(0));
  for (let at = 0; at < length; at += 1) {
    const value = valueAt(at);
    if (value !== undefined) {
      [cell.bytes, cell.start, cell.end] = [value, 0, value.length];
      addCell(column, cell);
    }
    if ((at + 1) % TURN_VALUES !== 0) continue;
    await nextTurn(signal);
  }
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
  let dictionary: ValueBytes | undefined;
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
    const { kind, consumed, entries, isIndexed, values } = answer.page;
    at += consumed;
    wanted = FIRST_BYTES;
    if (kind === 'DICTIONARY_PAGE') dictionary = remembering(leaf.reading.read(values));
    if (!kind.startsWith('DATA_PAGE')) continue;
    const places = isIndexed && 'numbers' in values ? values.numbers : undefined;
    const direct = leaf.reading.read(values);
    const valueAt: ValueBytes =
      places === undefined ? direct : (index) => dictionary?.(Number(places[index]));
    await addValues(leaf, valueAt, { length: lengthOf(values), signal });
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
