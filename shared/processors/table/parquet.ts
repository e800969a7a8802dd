/** Profiles Parquet: its footer says what there is, its pages are read in ranges and decoded one by one. */
import { setImmediate } from 'node:timers/promises';
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from '../reading/read-whole.ts';
import { throwIfStopped } from '../reading/stop.ts';
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
import { type ColumnReading, readingOf, type ValueBytes } from './parquet-values.ts';
import type { TableSummary } from './summary.ts';

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;
/** The length of the footer, and the mark. */
const END_BYTES = 8;
const TAIL_BYTES = 64 * 1024;
/** Some megabytes are common where thousands of columns lie in thousands of groups. */
const MOST_FOOTER_BYTES = 32 * MiB;
/** One GET each; the chunks of columns follow each other, so one serves many of them. */
const WINDOW_BYTES = 4 * MiB;
/** What a page is asked for with first: its header, which nobody knows the length of, and most pages whole. */
const FIRST_BYTES = 64 * 1024;
/** Unpacked values that a profile is made of; groups of rows after that are counted only. */
const MOST_VALUE_BYTES = GiB;

/** Of the path to a column. */
const NAME_CHARACTERS = 200;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

/** Reads pieces of the file, in windows: what lies in the last one is not read again. */
const createReader = (input: ProcessorInput) => {
  const { size } = input.source;
  let window: Buffer = Buffer.alloc(0);
  let windowStart = 0;
  return async (start: number, bytes: number): Promise<Buffer> => {
    if (start < 0 || start + bytes > size) throw corrupt('A part lies outside of the file.');
    const isHere = start >= windowStart && start + bytes <= windowStart + window.length;
    if (!isHere) {
      const end = Math.min(size, start + Math.max(bytes, WINDOW_BYTES)) - 1;
      const chunks: Uint8Array[] = [];
      const open = () => input.open({ start, end });
      if (bytes > 0) {
        for await (const chunk of chunksOf({ signal: input.signal, open })) chunks.push(chunk);
      }
      // Whatever storage answers, there is no more than was asked for.
      window = Buffer.concat(chunks).subarray(0, end - start + 1);
      windowStart = start;
      if (window.length < bytes) throw corrupt('The file is shorter than it should be.');
    }
    return window.subarray(start - windowStart, start - windowStart + bytes);
  };
};

type Read = ReturnType<typeof createReader>;

const readFooter = async (read: Read, size: number): Promise<Buffer> => {
  if (size < END_BYTES) throw corrupt('It is too short.');
  const tail = await read(Math.max(0, size - TAIL_BYTES), Math.min(size, TAIL_BYTES));
  const mark = tail.subarray(-4).toString('latin1');
  if (mark === 'PARE') throw new NonRetryableError('encrypted');
  if (mark !== 'PAR1') throw corrupt('The end of the file is missing.');
  const bytes = tail.readUInt32LE(tail.length - END_BYTES) + END_BYTES;
  if (bytes > MOST_FOOTER_BYTES) {
    const detail = `The limit is ${MOST_FOOTER_BYTES} bytes of description.`;
    throw new NonRetryableError('over_budget', { detail });
  }
  if (bytes > size) throw corrupt('The description of the table is longer than the file.');
  return bytes <= tail.length ? tail.subarray(-bytes) : read(size - bytes, bytes);
};

interface Leaf {
  readonly name: string;
  readonly reading: ColumnReading;
  readonly column: Column;
  /** Values so far, with the nulls among them; within a list more or fewer than rows. */
  entries: number;
}

const leafOf = (name: string, reading: ColumnReading): Leaf => {
  const column = createColumn();
  // What was stored as a text is one, whatever it looks like.
  if (reading.type === 'text') column.types |= 1 << TEXT;
  return { name, reading, column, entries: 0 };
};

/** The leaves of the schema, in the order in which every group of rows has them; each by the path that leads to it. */
const leavesOf = ({ schema }: ParquetMetadata): readonly Leaf[] => {
  const leaves: Leaf[] = [];
  const branches: { readonly name: string; left: number }[] = [];
  for (const [at, element] of schema.entries()) {
    while (branches.at(-1)?.left === 0) branches.pop();
    const branch = branches.at(-1);
    if (branch !== undefined) branch.left -= 1;
    const name = [branch?.name ?? '', element.name].filter((part) => part !== '').join('.');
    // The root has a name that means nothing.
    if (element.type === undefined) {
      branches.push({ name: at === 0 ? '' : name, left: element.num_children ?? 0 });
    } else leaves.push(leafOf(name.slice(0, NAME_CHARACTERS), readingOf(element)));
  }
  return leaves;
};

const metadataOf = ({ file_path: path, meta_data: meta, crypto_metadata: crypto }: ColumnChunk) => {
  if (path !== undefined) {
    throw new NonRetryableError('unsupported', { detail: 'A column lies in another file.' });
  }
  if (crypto !== undefined || meta === undefined) throw new NonRetryableError('encrypted');
  return meta;
};

/** Values by their places, each made once. */
const remembering = (valueAt: ValueBytes): ValueBytes => {
  const known: (Uint8Array | undefined)[] = [];
  return (at) => {
    known[at] ??= valueAt(at);
    return known[at];
  };
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
    await setImmediate();
    throwIfStopped(signal);
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
    const leaves = leavesOf(metadata);
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
