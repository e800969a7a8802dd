/** Profiles a table of delimited fields that is too big for one step: part by part, then all parts together. */
import { isAscii } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { deserialize, serialize } from 'node:v8';
import { gunzipSync, gzipSync } from 'node:zlib';
import * as z from 'zod';
import type { Delimiter } from '../../../detection/dialect.ts';
import type { Part } from '../../../domain/part.ts';
import type { ProcessorInput } from '../../processor.ts';
import { windowsOf } from '../../reading/windows.ts';
import { countNuls } from '../delimited.ts';
import { profileOfTable } from '../profile.ts';
import type { ScannedPart } from '../scanned-table.ts';
import { createTableScanner, type TableScanner } from '../scanner.ts';
import type { TableSummary } from '../summary.ts';
import { createJoinedTable } from './joined-table.ts';
import { type PartRange, partRangeOf } from './part-range.ts';
import { type CountedPart, createPartScanner, type PartScanner } from './part-scanner.ts';
import { readTableHead, type TableHead } from './table-head.ts';

const COUNTED_FILE = 'counted.bin';
/** Raised whenever `CountedFile` changes: a file of another version is not read. */
const FORMAT = 2;
/** Registers and samples shrink to a third; more effort gains a few percent. */
const GZIP_LEVEL = 1;

/** What is kept of a part. */
interface CountedFile {
  readonly format: typeof FORMAT;
  /** Undefined in all parts but the one that the file begins with. */
  readonly first: (ScannedPart & Pick<TableHead, 'delimiter' | 'bomBytes' | 'remarks'>) | undefined;
  readonly part: CountedPart | undefined;
}

export const partOutcome = z.object({
  /** Bytes `[from, to)` of the file, between line ends. */
  from: z.int().nonnegative(),
  to: z.int().nonnegative(),
  /** What the first bytes say that are more than ASCII; null when there are none. */
  encoding: z.string().nullable(),
  nulBytes: z.int().nonnegative(),
  /** False for a table that can only be read from its start. */
  isSplit: z.boolean(),
});
type PartOutcome = z.infer<typeof partOutcome>;

/**
 * What is kept of a column has two kilobytes and more: of a table with so many, packing it takes longer than a step may be deaf,
 * and a single pass over the table, which looks up between its columns, is no worse.
 */
const MANY_COLUMNS = 512;

/** Ends the counting of a part whose table is better read in one pass. */
class ManyColumns extends Error {}

const UNSPLIT: PartOutcome = { from: 0, to: 0, encoding: null, nulBytes: 0, isSplit: false };

/** @throws NonRetryableError `over_budget`; ManyColumns */
const checkWidth =
  ({ budget }: Pick<ProcessorInput, 'budget'>) =>
  (columns: number): void => {
    budget.reach('entries', columns);
    if (columns >= MANY_COLUMNS) throw new ManyColumns();
  };

type Looked = Pick<PartOutcome, 'encoding' | 'nulBytes'>;

/** Reads the part once, and looks at its share of the windows as one pass over the file would. */
const readPart = async (
  input: ProcessorInput,
  { windows, from, to }: PartRange,
  { head, scanner }: { readonly head: TableHead; readonly scanner: Pick<TableScanner, 'write'> },
): Promise<Looked> => {
  let encoding: string | null = null;
  let [at, nulBytes] = [windows.from, 0];
  if (to <= from) return { encoding, nulBytes };
  const open = () => input.open({ start: windows.from, end: to - 1 });
  for await (const window of windowsOf({ open, signal: input.signal })) {
    if (at < windows.to) {
      nulBytes += countNuls(window);
      if (encoding === null && !isAscii(window)) encoding = head.sniffed.see(window).label;
    }
    scanner.write(window.subarray(Math.max(0, from - at)));
    at += window.length;
  }
  return { encoding, nulBytes };
};

const countFirst = async (input: ProcessorInput, range: PartRange, head: TableHead) => {
  const { delimiter, bomBytes, startBytes, remarks } = head;
  const scanner = createTableScanner({
    delimiter: delimiter.charCodeAt(0),
    place: startBytes,
    onWidth: checkWidth(input),
  });
  const looked = await readPart(input, { ...range, from: startBytes }, { head, scanner });
  return {
    looked,
    counted: { first: { ...scanner.pause(), delimiter, bomBytes, remarks }, part: undefined },
  };
};

const countLater = async (input: ProcessorInput, range: PartRange, head: TableHead) => {
  const scanner: PartScanner = createPartScanner({
    delimiter: head.delimiter.charCodeAt(0),
    place: range.from,
    width: head.width,
    onWidth: checkWidth(input),
  });
  const looked = await readPart(input, range, { head, scanner });
  return { looked, counted: { first: undefined, part: scanner.end() } };
};

/**
 * Counts one part and leaves what it counted in a derived file.
 * @throws NonRetryableError `over_budget` for more columns than the budget has entries, `corrupt` for what is no text
 */
export const countTablePart = async (input: ProcessorInput, part: Part): Promise<PartOutcome> => {
  const head = await readTableHead(input);
  if (head === undefined) return UNSPLIT;
  const range = await partRangeOf(input, part);
  try {
    const count = part.index === 0 ? countFirst : countLater;
    const { looked, counted } = await count(input, range, head);
    const kept: CountedFile = { format: FORMAT, ...counted };
    const body = gzipSync(serialize(kept), { level: GZIP_LEVEL });
    await input.emit(COUNTED_FILE, body, 'application/octet-stream');
    return { from: range.from, to: range.to, ...looked, isSplit: true };
  } catch (error) {
    if (error instanceof ManyColumns) return UNSPLIT;
    throw error;
  }
};

const readCounted = async ({ read }: ProcessorInput, step: string): Promise<CountedFile> =>
  // Only a step of ours writes under this name, and of another format nothing is looked at but that it is one.
  deserialize(gunzipSync(await read(step, COUNTED_FILE))) as CountedFile;

/** Undefined when it can only be read from the start. */
const encodingOf = (outcomes: readonly PartOutcome[]): string | undefined => {
  const label = outcomes.find(({ encoding }) => encoding !== null)?.encoding ?? 'utf-8';
  return outcomes.every(({ isSplit }) => isSplit) && label === 'utf-8' ? label : undefined;
};

/**
 * The profile of a table whose parts were counted: the same as of one pass over it. Undefined for a table that must be read
 * from its start after all.
 * @throws NonRetryableError `over_budget`
 */
export const profileParts = async (input: ProcessorInput): Promise<TableSummary | undefined> => {
  const { parts, outcomes } = input;
  const told = parts.map((step) => partOutcome.parse(outcomes[step]));
  const encoding = encodingOf(told);
  const [start, ...later] = parts;
  if (encoding === undefined || start === undefined) return undefined;
  const { format, first } = await readCounted(input, start);
  if (format !== FORMAT || first === undefined) return undefined;

  const table = createJoinedTable(first, (columns) => input.budget.reach('entries', columns));
  for (const step of later) {
    const { format, part } = await readCounted(input, step);
    if (format !== FORMAT || part === undefined) return undefined;
    table.add(part);
  }
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const profile = await profileOfTable(table.end(), decode, input.signal);
  const delimiter: Delimiter = first.delimiter;
  const nulBytes = told.reduce((sum, part) => sum + part.nulBytes, 0);
  return {
    encoding,
    bom: first.bomBytes > 0,
    delimiter,
    nulBytes,
    remarks: first.remarks,
    ...profile,
    sheet: null,
    profiledRows: profile.rows,
  };
};
