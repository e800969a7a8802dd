/** Profiles a table in one pass, of whatever format it is: its shape, and what each column holds. */
import * as z from 'zod';
import { DELIMITERS } from '../detection/dialect.ts';
import { MOST_STREAMED_BYTES } from '../domain/budget.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { mapInTurns } from './reading/turns.ts';
import { CELL_TYPES } from './table/cell-type.ts';
import { profileDelimited } from './table/delimited.ts';
import { profileJsonLines } from './table/json-lines.ts';
import { profileParquet } from './table/parquet.ts';
import { countTablePart, partOutcome, profileParts } from './table/parts/split-table.ts';
import type { TableSummary } from './table/summary.ts';
import { profileSheet, WORKBOOK_TYPES } from './table/workbook.ts';

/** Room that the columns may take in the outcome, of the 4 KB that an outcome may have. */
const INLINE_BYTES = 3_000;
const PROFILE_FILE = 'profile.json';
/**
 * A function on AWS was seen to read 50 to 90 MB/s: at worst this takes six seconds, which is what a failed attempt costs
 * again. A table of 5 GiB takes more than 100 seconds in one step, and comes to 20 parts.
 */
const PART_BYTES = 256 * 1024 ** 2;
/** Below, what is gained is less than the steps cost: at worst, a table takes twelve seconds. */
const SPLIT_ABOVE = 2 * PART_BYTES;

const count = z.int().nonnegative();

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
  examples: z.array(z.string()).max(3).readonly(),
  /** Of numbers and dates: sampled values in ten bins of the same width between `min` and `max`. */
  histogram: z.array(count).readonly().optional(),
  /** Of all else: the most frequent values of the sample. */
  top: z
    .array(z.object({ value: z.string(), count }))
    .readonly()
    .optional(),
});

type Profiles = TableSummary['columnProfiles'];
type Profile = Profiles[number];

/** As many columns, from the left, as fit into the outcome. */
const inlineColumns = (profiles: Profiles, tell = (profile: Profile) => profile): Profiles => {
  const told: Profile[] = [];
  let room = INLINE_BYTES;
  for (const profile of profiles) {
    const next = tell(profile);
    room -= Buffer.byteLength(JSON.stringify(next)) + 1;
    if (room < 0) return told;
    told.push(next);
  }
  return told;
};

/** How values spread is the first to go. */
const withoutSpread = ({ histogram: _, top: __, ...profile }: Profile): Profile => profile;

/** What `JSON.stringify` makes of all of it, column by column: a table may have many. */
const profileFile = async (
  summary: Omit<TableSummary, 'columnProfiles'>,
  columnProfiles: Profiles,
  signal: AbortSignal,
): Promise<Buffer> => {
  const columns = await mapInTurns(columnProfiles, { signal }, (profile) =>
    JSON.stringify(profile, null, 2).replaceAll('\n', '\n    '),
  );
  const [before, after] = JSON.stringify({ ...summary, columnProfiles: [0] }, null, 2).split(
    /0(?=\n {2}\]\n\}$)/,
  );
  return Buffer.from(`${before}${columns.join(',\n    ')}${after}\n`);
};

/** What is read in ranges: its parts lie anywhere in the file. */
const RANGED: Readonly<Record<string, (input: ProcessorInput) => Promise<TableSummary>>> = {
  ...Object.fromEntries(WORKBOOK_TYPES.map((type) => [type, profileSheet])),
  'application/vnd.apache.parquet': profileParquet,
};

const STREAMED: Readonly<Record<string, (input: ProcessorInput) => Promise<TableSummary>>> = {
  'text/csv': profileDelimited,
  'text/tab-separated-values': profileDelimited,
  'application/x-ndjson': profileJsonLines,
};

const summaryOf = async (input: ProcessorInput): Promise<TableSummary> => {
  const ofParts = input.parts.length > 0 ? await profileParts(input) : undefined;
  const profile = { ...STREAMED, ...RANGED }[input.source.type] ?? profileDelimited;
  return ofParts ?? profile(input);
};

const run = async (input: ProcessorInput) => {
  const { columnProfiles, ...summary } = await summaryOf(input);
  if (inlineColumns(columnProfiles).length === columnProfiles.length)
    return { ...summary, columnProfiles: [...columnProfiles], file: null };

  const body = await profileFile(summary, columnProfiles, input.signal);
  await input.emit(PROFILE_FILE, body, 'application/json');
  return {
    ...summary,
    columnProfiles: [...inlineColumns(columnProfiles, withoutSpread)],
    file: PROFILE_FILE,
  };
};

/** More columns than the budget of entries → `over_budget`; bytes that are not of the format → `corrupt`. */
export const tableProfile = defineProcessor({
  name: 'table-profile',
  version: 5,
  lane: 'light',
  accepts: [...Object.keys(STREAMED), ...Object.keys(RANGED)],
  reads: 'whole',
  ranged: Object.keys(RANGED),
  isReusable: true,
  split: {
    types: ['text/csv', 'text/tab-separated-values'],
    // One message at a time, so that the parts do not share one worker's core and network.
    lane: 'heavy',
    above: SPLIT_ABOVE,
    partBytes: PART_BYTES,
    outcome: partOutcome,
    run: countTablePart,
  },
  budget: {
    bytesIn: MOST_STREAMED_BYTES,
    bytesOut: 64 * 1024 ** 2,
    entries: 16_384,
    wallSeconds: 600,
  },
  // The widest sheet of Excel; each column is 2.3 KB of counts.
  ceiling: { entries: 16_384 },
  outcome: z.object({
    /** Null for a format that is no text. */
    encoding: z.string().nullable(),
    bom: z.boolean(),
    delimiter: z.enum(DELIMITERS).nullable(),
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
    /** Lines in front of the first record: one that names the delimiter, or remarks behind `#`. */
    remarks: count,
    unclosedQuote: z.boolean(),
    /** Of a workbook, the sheet that was profiled. */
    sheet: z.string().nullable(),
    /** Rows that the columns tell of: fewer than all in a Parquet file beyond a gigabyte of values. */
    profiledRows: count,
    /** Records that histograms and top values are counted in. */
    sampled: count.optional(),
    /** The first columns, as many as fit; all of them are in `file`. */
    columnProfiles: z.array(columnProfile),
    /** Name of the derived file with all columns, or null when they are all here. */
    file: z.string().nullable(),
  }),
  run,
});
