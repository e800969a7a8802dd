/** Settles the encoding of a text while it streams by: on the first window that is more than ASCII. */
import { isAscii } from 'node:buffer';
import { HEAD_BYTES } from '../../detection/detect-type.ts';
import { detectEncoding, type TextEncoding } from '../../detection/encoding.ts';
import { NonRetryableError } from '../../domain/errors.ts';

export interface SniffedEncoding {
  /**
   * Looks at the next window; the encoding of everything up to and with it.
   * @throws NonRetryableError `corrupt` when the first window is not text.
   */
  see(window: Uint8Array): TextEncoding;
  /** What is known so far; an empty text is `utf-8`. */
  readonly encoding: TextEncoding;
}

const withoutNuls = (bytes: Uint8Array): Uint8Array => bytes.filter((byte) => byte !== 0);

export const createSniffedEncoding = (): SniffedEncoding => {
  let encoding: TextEncoding | undefined;
  let isSettled = false;

  const settle = (window: Uint8Array): TextEncoding => {
    const isFirst = encoding === undefined;
    // The head alone is what the type was told by; a table with a few NUL bytes is a table.
    const seen =
      detectEncoding(window) ??
      detectEncoding(window.subarray(0, HEAD_BYTES)) ??
      detectEncoding(withoutNuls(window));
    if (isFirst && seen === undefined) {
      throw new NonRetryableError('corrupt', { detail: 'The bytes are not text.' });
    }
    // Up to here all was ASCII, which every later answer of one byte per character agrees with.
    isSettled = seen === undefined || seen.label !== 'utf-8' || !isAscii(window);
    return { label: seen?.label ?? 'utf-8', bomBytes: isFirst ? (seen?.bomBytes ?? 0) : 0 };
  };

  return {
    see(window) {
      if (!isSettled && (encoding === undefined || !isAscii(window))) {
        encoding = { ...settle(window), ...(encoding && { bomBytes: encoding.bomBytes }) };
      }
      return encoding ?? { label: 'utf-8', bomBytes: 0 };
    },
    get encoding() {
      return encoding ?? { label: 'utf-8', bomBytes: 0 };
    },
  };
};
