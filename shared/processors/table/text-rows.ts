/** Reads the records of a CSV or TSV file as texts, in whatever dialect and encoding it is. */
import { TextDecoder } from 'node:util';
import { sniffDialect } from '../../detection/dialect.ts';
import type { TextEncoding } from '../../detection/encoding.ts';
import { NonRetryableError } from '../../domain/errors.ts';
import type { ProcessorInput } from '../processor.ts';
import { createSniffedEncoding } from '../reading/sniffed-encoding.ts';
import { WINDOW_BYTES, windowsOf } from '../reading/windows.ts';
import { createRecordScanner, type FieldSink } from './record-scanner.ts';
import type { RowSink } from './row-table.ts';

/** As many as a cell of a workbook may have. */
export const MOST_VALUE_CHARACTERS = 32_767;
/** A field that is longer is cut there: behind what a value may have, however many bytes its characters take. */
const MOST_FIELD_BYTES = 4 * (MOST_VALUE_CHARACTERS + 1);

const inUtf8 = () => {
  let decoder: TextDecoder | undefined;
  return {
    of(window: Buffer, { label }: TextEncoding): Buffer {
      if (label === 'utf-8') return window;
      decoder ??= new TextDecoder(label, { ignoreBOM: true });
      return Buffer.from(decoder.decode(window, { stream: true }));
    },
    rest: (): Buffer => Buffer.from(decoder?.decode() ?? ''),
  };
};

const textOf = (bytes: Uint8Array, start: number, end: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString();

const fieldSinkOf = (sink: RowSink): FieldSink => {
  let width = 0;
  return {
    field(bytes, start, end) {
      sink.field(width, textOf(bytes, start, Math.min(end, start + MOST_FIELD_BYTES)), 'quoted');
      width += 1;
    },
    endRecord() {
      sink.endRecord(width);
      width = 0;
    },
    blankLine: () => sink.blankLine(),
  };
};

/**
 * Tells `sink` of every record, the header among them.
 * @throws NonRetryableError `corrupt` for what is no text, or ends within quotes; what `sink` throws.
 */
export const readTextRows = async (
  input: Pick<ProcessorInput, 'open' | 'signal'>,
  sink: RowSink,
): Promise<void> => {
  const sniffed = createSniffedEncoding();
  const utf8 = inUtf8();
  let scanner: ReturnType<typeof createRecordScanner> | undefined;
  for await (const window of windowsOf(input)) {
    const encoding = sniffed.see(window);
    const isFirst = scanner === undefined;
    const bytes = utf8.of(isFirst ? window.subarray(encoding.bomBytes) : window, encoding);
    const dialect = isFirst ? sniffDialect(bytes, window.length < WINDOW_BYTES) : undefined;
    scanner ??= createRecordScanner(
      (dialect?.delimiter ?? ',').charCodeAt(0),
      fieldSinkOf(sink),
      MOST_FIELD_BYTES,
    );
    scanner.write(bytes.subarray(dialect?.start));
  }
  scanner?.write(utf8.rest());
  if (scanner?.end() === true) {
    throw new NonRetryableError('corrupt', { detail: 'A quoted field is never closed.' });
  }
};
