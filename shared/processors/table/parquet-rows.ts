/** Reads Parquet row by row: of every column one page is open at a time. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { nextTurn } from '../reading/turns.ts';
import type { ColumnPlaces } from './json-lines.ts';
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
  remembering,
} from './parquet-file.ts';
import type { ValueBytes } from './parquet-values.ts';
import type { FieldKind, RowSink } from './row-table.ts';

const MiB = 1024 ** 2;
/** Windows of the file that are held: columns that lie apart are read in turn. */
const MOST_WINDOWS = 8;
/** Unpacked values of the pages and dictionaries that are open, over all columns. */
const MOST_OPEN_BYTES = 96 * MiB;
/** Rows that are told before others get their turn. */
const TURN_ROWS = 1_000;

const bytesOf = (values: RawValues): number => {
  if ('bytes' in values) return values.bytes.length + values.lengths.byteLength;
  const { numbers } = values;
  return 'byteLength' in numbers ? numbers.byteLength : 16 * numbers.length;
};

/** Where one column stands within a group of rows. */
interface Cursor {
  readonly leaf: LeafShape;
  readonly kind: FieldKind;
  readonly path: readonly string[];
  readonly codec: string;
  readonly end: number;
  at: number;
  dictionary: { readonly valueAt: ValueBytes; readonly bytes: number } | undefined;
  /** Of the open page: entries that are left, its entries so far, and its values so far. */
  left: number;
  entry: number;
  value: number;
  present: Uint8Array | undefined;
  valueAt: ValueBytes;
  bytes: number;
}

const cursorOf = (chunk: ColumnChunk, leaf: LeafShape): Cursor => {
  const { path_in_schema: path, codec, ...where } = metadataOf(chunk);
  const { dictionary_page_offset: dictionaryAt, data_page_offset: pagesAt } = where;
  const at = dictionaryAt ? Math.min(dictionaryAt, pagesAt) : pagesAt;
  return {
    ...{ leaf, path, codec, at, end: at + where.total_compressed_size },
    kind: leaf.reading.type === 'text' ? 'quoted' : 'plain',
    ...{ dictionary: undefined, left: 0, entry: 0, value: 0, bytes: 0 },
    ...{ present: undefined, valueAt: () => undefined },
  };
};

const openPage = (cursor: Cursor, { kind, entries, isIndexed, present, values }: Page): void => {
  const { leaf, dictionary } = cursor;
  if (kind === 'DICTIONARY_PAGE') {
    cursor.dictionary = {
      valueAt: remembering(leaf.reading.read(values)),
      bytes: bytesOf(values),
    };
  }
  if (!kind.startsWith('DATA_PAGE')) return;
  const places = isIndexed && 'numbers' in values ? values.numbers : undefined;
  const direct = leaf.reading.read(values);
  cursor.valueAt =
    places === undefined ? direct : (index) => dictionary?.valueAt(Number(places[index]));
  Object.assign(cursor, { left: entries, entry: 0, value: 0, present, bytes: bytesOf(values) });
};

/** Reads on until a page with entries is open. */
async function* nextPage(cursor: Cursor, read: Read): PageOrders {
  let wanted = FIRST_BYTES;
  while (cursor.left === 0) {
    const { at, end, path, codec } = cursor;
    if (at >= end) throw corrupt('A column ends too early.');
    const bytes = await read(at, Math.min(wanted, end - at));
    const answer = yield { bytes, path, codec, isPlaced: true };
    if ('needs' in answer) {
      if (answer.needs > end - at) throw corrupt('A page is longer than its column.');
      wanted = answer.needs;
      continue;
    }
    cursor.at += answer.page.consumed;
    wanted = FIRST_BYTES;
    openPage(cursor, answer.page);
  }
}

/** The next entry of the column; undefined for a null, and for a number that is not finite. */
const nextValue = (cursor: Cursor): Uint8Array | undefined => {
  const isPresent = cursor.present === undefined || cursor.present[cursor.entry] === 1;
  cursor.entry += 1;
  cursor.left -= 1;
  if (!isPresent) return undefined;
  cursor.value += 1;
  return cursor.valueAt(cursor.value - 1);
};

const tellRow = (cursors: readonly Cursor[], sink: RowSink): void => {
  for (const [column, cursor] of cursors.entries()) {
    const value = nextValue(cursor);
    if (value !== undefined) sink.field(column, Buffer.from(value).toString(), cursor.kind);
  }
  sink.endRecord(cursors.length);
};

const checkOpen = (cursors: readonly Cursor[]): void => {
  const bytes = cursors.reduce((sum, one) => sum + one.bytes + (one.dictionary?.bytes ?? 0), 0);
  if (bytes <= MOST_OPEN_BYTES) return;
  const detail = `The limit is ${MOST_OPEN_BYTES} bytes of pages that are open at once.`;
  throw new NonRetryableError('over_budget', { detail });
};

interface Rows {
  readonly read: Read;
  readonly sink: RowSink;
  readonly signal: AbortSignal;
}

async function* readGroup(
  cursors: readonly Cursor[],
  rows: number,
  { read, sink, signal }: Rows,
): PageOrders {
  for (let row = 0; row < rows; ) {
    for (const cursor of cursors) if (cursor.left === 0) yield* nextPage(cursor, read);
    checkOpen(cursors);
    const open = Math.min(rows - row, ...cursors.map(({ left }) => left));
    for (let more = 0; more < open; more += 1) {
      tellRow(cursors, sink);
      row += 1;
      if (row % TURN_ROWS !== 0) continue;
      await nextTurn(signal);
    }
  }
}

async function* readGroups(
  { row_groups: groups }: ParquetMetadata,
  leaves: readonly LeafShape[],
  rows: Rows,
): PageOrders {
  if (leaves.length === 0) return;
  for (const { columns, num_rows: count } of groups) {
    if (columns.length !== leaves.length) throw corrupt('A group of rows lacks a column.');
    const cursors = leaves.map((leaf, index) => {
      const chunk = columns[index];
      if (chunk === undefined) throw corrupt('A group of rows lacks a column.');
      return cursorOf(chunk, leaf);
    });
    yield* readGroup(cursors, count, rows);
  }
}

/**
 * Tells `sink` of every row, and `places` of every column.
 * @throws NonRetryableError `corrupt`, `encrypted`, `unsupported` for lists; `over_budget` for too long a description, or pages
 *   beyond all measure; what `sink` throws.
 */
export const readParquetRows = async (
  input: ProcessorInput,
  sink: RowSink,
  places: ColumnPlaces,
): Promise<void> => {
  const { signal } = input;
  const read = createReader(input, MOST_WINDOWS);
  const footer = await readFooter(read, input.source.size);
  const readPages = (metadata: ParquetMetadata): PageOrders => {
    const leaves = leavesOf(metadata);
    const list = leaves.find(({ isList }) => isList);
    if (list !== undefined) {
      const detail = `Column ${list.name} holds lists, which no row has one value of.`;
      throw new NonRetryableError('unsupported', { detail });
    }
    for (const { name } of leaves) places.placeOf(name);
    return readGroups(metadata, leaves, { read, sink, signal });
  };
  await decodeParquet(footer, readPages, signal);
};
