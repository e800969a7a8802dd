/** Says in which encoding the first bytes of a file are text, or that they are not text at all. */
import { isAscii } from 'node:buffer';
import { analyse } from 'chardet';

export interface TextEncoding {
  /** A WHATWG label in lower case, which `TextDecoder` takes. */
  readonly label: string;
  /** Length of the byte-order mark at the start, 0 without one. */
  readonly bomBytes: number;
}

const BYTE_ORDER_MARKS: readonly (readonly [string, readonly number[]])[] = [
  ['utf-8', [0xef, 0xbb, 0xbf]],
  ['utf-16le', [0xff, 0xfe]],
  ['utf-16be', [0xfe, 0xff]],
];

/** Below this many bytes a share of control characters says nothing. */
const LONG_ENOUGH_FOR_SHARES = 64;
/** UTF-8 may hold a few odd control characters (separators of old systems) and still be text. */
const STRAY_CONTROL_SHARE = 0.02;
/** What chardet must be sure of (0 to 100) before a legacy multi-byte or Cyrillic encoding is believed. */
const SURE_ENOUGH = 20;
/** chardet reads this much; more makes it slower, not surer. */
const LEGACY_SAMPLE_BYTES = 16 * 1024;
const FALLBACK = 'windows-1252';
/** By how much another Latin alphabet must be surer than the Western one: names in a table are too few to tell them apart. */
const RIVAL_MARGIN = 10;
const RIVALS: ReadonlySet<string> = new Set([
  'iso-8859-2',
  'iso-8859-9',
  'windows-1250',
  'windows-1254',
  'windows-1257',
  'windows-1258',
]);

/** What chardet must be sure of where the Western alphabet is ruled out. */
const SURE_ENOUGH_OF_OTHERS = 10;
/** Of the letters of an East Asian text, how many stand beside another one at least; umlauts in a word stand alone. */
const NEIGHBOUR_SHARE = 0.5;

const startsWith = (head: Uint8Array, bytes: readonly number[]): boolean =>
  bytes.every((byte, index) => head[index] === byte);

/** TAB, LF, VT, FF, CR, ESC and the separators of ASCII occur in text; the other C0 controls do not. */
const isStrayControl = (code: number): boolean =>
  code < 0x09 || (code > 0x0d && code < 0x1b) || code === 0x7f;

const decodes = (head: Uint8Array, label: string): boolean => {
  try {
    // `stream`: a character cut in two at the end of the head is no error.
    new TextDecoder(label, { fatal: true }).decode(head, { stream: true });
    return true;
  } catch (error) {
    if (error instanceof TypeError || error instanceof RangeError) return false;
    throw error;
  }
};

/** UTF-8 may hold a few; a short text one, where it begins as JSON or markup does, whose checks then name it. */
const toleratedControls = (head: Uint8Array): number => {
  if (head.length >= LONG_ENOUGH_FOR_SHARES) return head.length * STRAY_CONTROL_SHARE;
  return /^\s*[{[<]/.test(Buffer.from(head).toString('latin1')) ? 1 : 0;
};

const countStrayControls = (head: Uint8Array): number => {
  let count = 0;
  for (let at = 0; at < head.length; at += 1) if (isStrayControl(head[at] ?? 0)) count += 1;
  // The end-of-file mark of DOS.
  return head.at(-1) === 0x1a ? count - 1 : count;
};

/** UTF-16 whose characters are plausible: no stray controls, no unpaired surrogates. */
const isUtf16Text = (head: Uint8Array, label: string): boolean => {
  const even = head.subarray(0, head.length - (head.length % 2));
  if (!decodes(even, label)) return false;
  const text = new TextDecoder(label).decode(even, { stream: true });
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (isStrayControl(code) || code === 0xfffe || code === 0xffff) return false;
  }
  return true;
};

/** Without a mark only Western text is told apart: every second byte is then mostly zero. */
const unmarkedUtf16 = (head: Uint8Array): string | undefined => {
  const pairs = Math.floor(head.length / 2);
  if (pairs < 2) return undefined;
  let evenZeros = 0;
  let oddZeros = 0;
  for (let at = 0; at < pairs * 2; at += 2) {
    if (head[at] === 0) evenZeros += 1;
    if (head[at + 1] === 0) oddZeros += 1;
  }
  if (oddZeros > pairs * 0.7 && evenZeros === 0) return 'utf-16le';
  if (evenZeros > pairs * 0.7 && oddZeros === 0) return 'utf-16be';
  return undefined;
};

/** WHATWG reads ISO-8859-1 as windows-1252, and so does every browser. */
const isWestern = (label: string): boolean => label === 'iso-8859-1' || label === FALLBACK;

/** Characters that no text has: a reading with one of them is not the right one. */
const hasHighControls = (text: string): boolean => /[\u0080-\u0084\u0086-\u009f]/.test(text);

const MANY_BYTES = /^(?:shift_jis|euc-jp|euc-kr|big5|gb18030|iso-2022-\w+)$/;

const standTogether = (text: string): boolean => {
  const letters = text.match(/[^\0-\x7f]+/g) ?? [];
  const together = letters.filter((run) => [...run].length > 1).join('');
  return together.length >= NEIGHBOUR_SHARE * letters.join('').length;
};

interface Guess {
  readonly label: string;
  readonly confidence: number;
}

/** The surest guess that makes letters of all bytes, for a text that is certainly not Western. */
const otherEncoding = (sample: Uint8Array, guesses: readonly Guess[]): string | undefined =>
  guesses.find(({ label, confidence }) => {
    if (confidence < SURE_ENOUGH_OF_OTHERS || isWestern(label) || label.startsWith('utf-'))
      return false;
    if (!decodes(sample, label)) return false;
    const text = new TextDecoder(label).decode(sample, { stream: true });
    return !hasHighControls(text) && (!MANY_BYTES.test(label) || standTogether(text));
  })?.label;

const legacyEncoding = (head: Uint8Array): string => {
  const sample = head.subarray(0, LEGACY_SAMPLE_BYTES);
  const guesses = analyse(sample).map(({ name, confidence }) => ({
    label: name.toLowerCase(),
    confidence,
  }));
  const western = guesses.find(({ label }) => isWestern(label))?.confidence ?? 0;
  const asWestern = new TextDecoder(FALLBACK).decode(sample);
  const other = hasHighControls(asWestern) ? otherEncoding(sample, guesses) : undefined;
  if (other !== undefined) return other;
  for (const { label, confidence } of guesses) {
    if (isWestern(label)) return FALLBACK;
    if (label.startsWith('utf-')) continue;
    // A rival that reads the same characters says nothing against it.
    const isRival = RIVALS.has(label);
    if (isRival && confidence < western + RIVAL_MARGIN) continue;
    if (isRival && new TextDecoder(label).decode(sample) === asWestern) return FALLBACK;
    if (confidence >= SURE_ENOUGH && decodes(sample, label)) return label;
  }
  return FALLBACK;
};

const hasIso2022Jp = (head: Uint8Array): boolean => {
  const text = Buffer.from(head.buffer, head.byteOffset, head.byteLength).toString('latin1');
  return text.includes('\x1b$B') || text.includes('\x1b$@');
};

const markedEncoding = (head: Uint8Array): TextEncoding | undefined => {
  for (const [label, mark] of BYTE_ORDER_MARKS) {
    if (!startsWith(head, mark)) continue;
    const rest = head.subarray(mark.length);
    const isText =
      label === 'utf-8'
        ? decodes(rest, label) && !rest.includes(0)
        : // FF FE is also the frame mark of one kind of MPEG audio, so the characters must be plausible.
          isUtf16Text(rest, label);
    if (isText) return { label, bomBytes: mark.length };
  }
  return undefined;
};

/**
 * The encoding of the text that starts with `head`, or undefined when these bytes are not text.
 * Plain ASCII answers `utf-8`. UTF-32 is not text here: no step of ours reads it.
 */
export const detectEncoding = (head: Uint8Array): TextEncoding | undefined => {
  const marked = markedEncoding(head);
  if (marked !== undefined) return marked;

  if (head.includes(0)) {
    const utf16 = unmarkedUtf16(head);
    return utf16 !== undefined && isUtf16Text(head, utf16)
      ? { label: utf16, bomBytes: 0 }
      : undefined;
  }

  const stray = countStrayControls(head);
  if (decodes(head, 'utf-8')) {
    if (stray > toleratedControls(head)) return undefined;
    if (isAscii(head) && hasIso2022Jp(head)) return { label: 'iso-2022-jp', bomBytes: 0 };
    return { label: 'utf-8', bomBytes: 0 };
  }
  return stray > 0 ? undefined : { label: legacyEncoding(head), bomBytes: 0 };
};
