/** Reads a table whose fields are delimited: finds its encoding and its dialect, and counts its records. */
import { TextDecoder } from 'node:util';
import { type Delimiter, sniffDialect } from '../../detection/dialect.ts';
import type { TextEncoding } from '../../detection/encoding.ts';
import type { ProcessorInput } from '../processor.ts';
import { createSniffedEncoding } from '../reading/sniffed-encoding.ts';
import { nextTurn } from '../reading/turns.ts';
import { WINDOW_BYTES, windowsOf } from '../reading/windows.ts';
import { profileOfTable } from './profile.ts';
import { createTableScanner, type TableScanner } from './scanner.ts';
import type { TableSummary } from './summary.ts';

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

/** Columns from which a window takes long at first: values of each may be examples. */
const MANY_COLUMNS = 1_024;
/** Bytes of such a table that are counted before others get their turn. */
const TURN_BYTES = 4 * 1024;

interface Taking {
  /** How wide the table is, nobody knows yet. */
  readonly isFirst: boolean;
  /** The bytes lie in the scanner's own room. */
  readonly isInPlace: boolean;
  readonly signal: AbortSignal;
  columns(): number;
}

const takeBytes = async (
  scanner: TableScanner,
  bytes: Buffer,
  { isFirst, isInPlace, signal, columns }: Taking,
): Promise<void> => {
  // Asked now: what lies in the scanner's memory is out of reach when that grows, though not for the scanner.
  const { length } = bytes;
  for (let at = 0; at < length; ) {
    const next = !isFirst && columns() < MANY_COLUMNS ? length : Math.min(at + TURN_BYTES, length);
    if (isInPlace) scanner.take(next - at);
    else scanner.write(bytes.subarray(at, next));
    at = next;
    if (columns() >= MANY_COLUMNS) await nextTurn(signal);
  }
};

/** How many bytes are zero. */
export const countNuls = (bytes: Buffer): number => {
  let nuls = 0;
  for (let at = bytes.indexOf(0); at !== -1; at = bytes.indexOf(0, at + 1)) nuls += 1;
  return nuls;
};

/**
 * The profile of a CSV or TSV file, in one pass.
 * @throws NonRetryableError `over_budget` for more columns than the budget has entries, `corrupt` for what is no text
 */
export const profileDelimited = async (
  input: Pick<ProcessorInput, 'open' | 'signal' | 'budget'>,
): Promise<TableSummary> => {
  const sniffed = createSniffedEncoding();
  const { transcode, rest } = createTranscoder();
  let scanner: TableScanner | undefined;
  let delimiter: Delimiter = ',';
  let [remarks, startBytes, columns] = [0, 0, 0];
  let nulBytes = 0;
  const own = Buffer.allocUnsafe(WINDOW_BYTES);
  const start = (bytes: Buffer, isWhole: boolean, { bomBytes }: TextEncoding): TableScanner => {
    const dialect = sniffDialect(bytes, isWhole);
    if (dialect !== undefined) ({ delimiter, remarks, start: startBytes } = dialect);
    return createTableScanner({
      delimiter: delimiter.charCodeAt(0),
      place: bomBytes + startBytes,
      onWidth: (seen) => {
        columns = seen;
        input.budget.reach('entries', seen);
      },
    });
  };

  for await (const window of windowsOf(input, () => scanner?.room() ?? own)) {
    const encoding = sniffed.see(window);
    const isInPlace = scanner !== undefined && encoding.label === 'utf-8';
    const bytes = transcode(
      scanner === undefined ? window.subarray(encoding.bomBytes) : window,
      encoding,
    );
    nulBytes += countNuls(bytes);
    const isFirst = scanner === undefined;
    scanner ??= start(bytes, window.length < WINDOW_BYTES, encoding);
    await takeBytes(scanner, isFirst ? bytes.subarray(startBytes) : bytes, {
      ...{ isFirst, isInPlace, signal: input.signal },
      columns: () => columns,
    });
  }
  scanner ??= start(Buffer.alloc(0), true, sniffed.encoding);
  scanner.write(rest());

  const { label, bomBytes } = sniffed.encoding;
  // All but UTF-8 was transcoded while it was scanned.
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const profile = await profileOfTable(
    await scanner.endInTurns(input.signal),
    decode,
    input.signal,
  );
  return {
    encoding: label,
    bom: bomBytes > 0,
    delimiter,
    nulBytes,
    remarks,
    ...profile,
    sheet: null,
    profiledRows: profile.rows,
  };
};
