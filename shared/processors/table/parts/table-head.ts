/** What the first window says of a table: enough to read on anywhere behind it. */
import { type Delimiter, sniffDialect } from '../../../detection/dialect.ts';
import type { ProcessorInput } from '../../processor.ts';
import { createSniffedEncoding, type SniffedEncoding } from '../../reading/sniffed-encoding.ts';
import { WINDOW_BYTES } from '../../reading/windows.ts';
import { createRecordScanner } from '../record-scanner.ts';
import { readRange } from './part-range.ts';

export interface TableHead {
  readonly delimiter: Delimiter;
  readonly bomBytes: number;
  /** Where the first record begins, and how many lines in front of it are none. */
  readonly startBytes: number;
  readonly remarks: number;
  /** Width of the first record. */
  readonly width: number;
  /** Has seen the first window. */
  readonly sniffed: SniffedEncoding;
}

const widthOf = (bytes: Uint8Array, delimiter: number): number | undefined => {
  let fields = 0;
  let width: number | undefined;
  const scanner = createRecordScanner(delimiter, {
    field() {
      fields += 1;
    },
    endRecord() {
      width ??= fields;
    },
    blankLine: () => undefined,
  });
  scanner.write(bytes);
  return width;
};

/**
 * Undefined for a table that must be read from the start: in an encoding in which a part does not know where it begins,
 * or with a first record that is longer than a window.
 * @throws NonRetryableError `corrupt` for what is no text; what `open` throws
 */
export const readTableHead = async (
  input: Pick<ProcessorInput, 'open' | 'signal' | 'source'>,
): Promise<TableHead | undefined> => {
  const end = Math.min(WINDOW_BYTES, input.source.size) - 1;
  const window = await readRange(input, { start: 0, end });
  if (window.length === 0) return undefined;
  const sniffed = createSniffedEncoding();
  const { label, bomBytes } = sniffed.see(window);
  if (label !== 'utf-8') return undefined;
  const text = window.subarray(bomBytes);
  const dialect = sniffDialect(text, window.length < WINDOW_BYTES);
  const { delimiter, start, remarks } = dialect ?? {
    delimiter: ',' as const,
    start: 0,
    remarks: 0,
  };
  const width = widthOf(text.subarray(start), delimiter.charCodeAt(0));
  if (width === undefined) return undefined;
  return { delimiter, bomBytes, startBytes: bomBytes + start, remarks, width, sniffed };
};
