/** Profiles a table in one pass, of whatever format it is: its shape, and what each column holds. */
import { TextDecoder } from 'node:util';
import * as z from 'zod';
import { type Delimiter, sniffDialect } from '../detection/dialect.ts';
import type { TextEncoding } from '../detection/encoding.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { createSniffedEncoding } from './reading/sniffed-encoding.ts';
import { WINDOW_BYTES, windowsOf } from './reading/windows.ts';
import { CELL_TYPES } from './table/cell-type.ts';
import type { ColumnProfile } from './table/column.ts';
import { profileJsonLines } from './table/json-lines.ts';
import { profileParquet } from './table/parquet.ts';
import { createTableProfiler, type TableProfiler } from './table/profile.ts';
import { profileSheet, WORKBOOK_TYPES } from './table/sheet.ts';
import type { TableSummary } from './table/summary.ts';

const GiB = 1024 ** 3;
/** Room that the columns may take in the outcome, of the 4 KB that an outcome may have. */
const INLINE_BYTES = 3_000;
const PROFILE_FILE = 'profile.json';

const columnProfile = z.object({
  /** From the header; null without one. */
  name: z.string().nullable(),
  type: z.enum(CELL_TYPES),
  /** Empty fields, and fields that short records lack. */
  nulls: z.int().nonnegative(),
  /** Numbers by value, all else by its bytes; at most the first 64 bytes. */
  min: z.union([z.number(), z.string()]).nullable(),
  max: z.union([z.number(), z.string()]).nullable(),
  /** An estimate with a standard error of 2.3 %. */
  distinct: z.int().nonnegative(),
  examples: z.array(z.string()).max(3),
});

const count = z.int().nonnegative();

/** Turns windows into bytes that the scanner reads: ASCII kept as it is. */
const createTranscoder = () => {
  let decoder: TextDecoder | undefined;
  return {
    transcode(window: Buffer, { label }: TextEncoding): Buffer {
      if (label === 'utf-8') return window;
      decoder ??= new TextDecoder(label, { ignoreBOM: true });
      return Buffer.from(decoder.decode(window, { stream: true }));
    },
    /** What was left of a character that the end cut. */
    rest: (): Buffer => Buffer.from(decoder?.decode() ?? ''),
  };
};

const countNuls = (bytes: Buffer): number => {
  let nuls = 0;
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at + 1)) nuls += 1;
  return nuls;
};

/** As many columns, from the left, as fit into the outcome. */
const inlineColumns = (profiles: readonly ColumnProfile[]): readonly ColumnProfile[] => {
  let room = INLINE_BYTES;
  const end = profiles.findIndex((profile) => {
    room -= Buffer.byteLength(JSON.stringify(profile)) + 1;
    return room < 0;
  });
  return end === -1 ? profiles : profiles.slice(0, end);
};

interface Scanned {
  readonly profiler: TableProfiler;
  readonly delimiter: Delimiter;
  readonly nulBytes: number;
  readonly encoding: TextEncoding;
}

const scan = async (input: ProcessorInput): Promise<Scanned> => {
  const { budget } = input;
  const sniffed = createSniffedEncoding();
  const { transcode, rest } = createTranscoder();
  let profiler: TableProfiler | undefined;
  let delimiter: Delimiter = ',';
  let nulBytes = 0;
  const start = (bytes: Buffer, isWhole: boolean): TableProfiler => {
    delimiter = sniffDialect(bytes, isWhole)?.delimiter ?? ',';
    return createTableProfiler(delimiter.charCodeAt(0), (columns) =>
      budget.reach('entries', columns),
    );
  };

  for await (const window of windowsOf(input)) {
    const isFirst = profiler === undefined;
    const encoding = sniffed.see(window);
    const bytes = transcode(isFirst ? window.subarray(encoding.bomBytes) : window, encoding);
    profiler ??= start(bytes, window.length < WINDOW_BYTES);
    nulBytes += countNuls(bytes);
    profiler.write(bytes);
  }
  profiler ??= start(Buffer.alloc(0), true);
  profiler.write(rest());
  return { profiler, delimiter, nulBytes, encoding: sniffed.encoding };
};

const profileDelimited = async (input: ProcessorInput): Promise<TableSummary> => {
  const { profiler, delimiter, nulBytes, encoding } = await scan(input);
  // All but UTF-8 was transcoded while it was scanned.
  const profile = profiler.end((bytes) => new TextDecoder().decode(bytes));
  return {
    encoding: encoding.label,
    bom: encoding.bomBytes > 0,
    delimiter,
    nulBytes,
    ...profile,
    sheet: null,
    profiledRows: profile.rows,
  };
};

/** What is read in ranges: its parts lie anywhere in the file. */
const RANGED: Readonly<Record<string, typeof profileDelimited>> = {
  ...Object.fromEntries(WORKBOOK_TYPES.map((type) => [type, profileSheet])),
  'application/vnd.apache.parquet': profileParquet,
};

const STREAMED: Readonly<Record<string, typeof profileDelimited>> = {
  'text/csv': profileDelimited,
  'text/tab-separated-values': profileDelimited,
  'application/x-ndjson': profileJsonLines,
};

const run = async (input: ProcessorInput) => {
  const profile = { ...STREAMED, ...RANGED }[input.source.type] ?? profileDelimited;
  const { columnProfiles, ...summary } = await profile(input);
  const inline = inlineColumns(columnProfiles);
  if (inline.length === columnProfiles.length)
    return { ...summary, columnProfiles: [...inline], file: null };
  const body = Buffer.from(`${JSON.stringify({ ...summary, columnProfiles }, null, 2)}\n`);
  await input.emit(PROFILE_FILE, body, 'application/json');
  return { ...summary, columnProfiles: [...inline], file: PROFILE_FILE };
};

/** More columns than the budget of entries → `over_budget`; bytes that are not of the format → `corrupt`. */
export const tableProfile = defineProcessor({
  name: 'table-profile',
  version: 3,
  lane: 'light',
  accepts: [...Object.keys(STREAMED), ...Object.keys(RANGED)],
  reads: 'whole',
  ranged: Object.keys(RANGED),
  isReusable: true,
  budget: { bytesIn: 5 * GiB, bytesOut: 16 * 1024 ** 2, entries: 4_096, wallSeconds: 600 },
  ceiling: { entries: 16_384 },
  outcome: z.object({
    /** Null for a format that is no text. */
    encoding: z.string().nullable(),
    bom: z.boolean(),
    delimiter: z.enum([',', '\t', ';', '|']).nullable(),
    header: z.boolean(),
    records: count,
    rows: count,
    columns: count,
    columnsMin: count,
    columnsMax: count,
    ragged: count,
    raggedRecords: z.array(count).readonly(),
    blankLines: count,
    nulBytes: count,
    unclosedQuote: z.boolean(),
    /** Of a workbook, the sheet that was profiled. */
    sheet: z.string().nullable(),
    /** Rows that the columns tell of: fewer than all in a Parquet file beyond a gigabyte of values. */
    profiledRows: count,
    /** The first columns, as many as fit; all of them are in `file`. */
    columnProfiles: z.array(columnProfile),
    /** Name of the derived file with all columns, or null when they are all here. */
    file: z.string().nullable(),
  }),
  run,
});
