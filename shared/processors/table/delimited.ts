/** Reads a table whose fields are delimited: finds its encoding and its dialect, and counts its records. */
import { TextDecoder } from 'node:util';
import { type Delimiter, sniffDialect } from '../../detection/dialect.ts';
import type { TextEncoding } from '../../detection/encoding.ts';
import type { ProcessorInput } from '../processor.ts';
import { createSniffedEncoding } from '../reading/sniffed-encoding.ts';
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
  let [remarks, startBytes] = [0, 0];
  let nulBytes = 0;
  const own = Buffer.allocUnsafe(WINDOW_BYTES);
  const start = (bytes: Buffer, isWhole: boolean, { bomBytes }: TextEncoding): TableScanner => {
    const dialect = sniffDialect(bytes, isWhole);
    if (dialect !== undefined) ({ delimiter, remarks, start: startBytes } = dialect);
    return createTableScanner({
      delimiter: delimiter.charCodeAt(0),
      place: bomBytes + startBytes,
      onWidth: (columns) => input.budget.reach('entries', columns),
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
    if (isInPlace) scanner.take(bytes.length);
    else scanner.write(isFirst ? bytes.subarray(startBytes) : bytes);
  }
  scanner ??= start(Buffer.alloc(0), true, sniffed.encoding);
  scanner.write(rest());

  const { label, bomBytes } = sniffed.encoding;
  // All but UTF-8 was transcoded while it was scanned.
  const decode = (bytes: Uint8Array): string => new TextDecoder().decode(bytes);
  const profile = await profileOfTable(scanner.end(), decode, input.signal);
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
