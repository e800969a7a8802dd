/** Says what a file is by its first bytes. Neither the declared type nor the name can make text an image. */
import { fileTypeFromBuffer } from 'file-type';
import { detectEncoding, type TextEncoding } from './encoding.ts';
import { fastMagic, isMoreThanText } from './fast-magic.ts';
import { matchSignature } from './signatures.ts';
import { evenTableKind, textKind } from './text-kind.ts';
import { officeKind } from './zip-kind.ts';

/** All that is ever looked at, and so the bound on every parser behind this file. */
export const HEAD_BYTES = 4096;

const EMPTY = 'application/x-empty';
const UNKNOWN = 'application/octet-stream';
const ZIP = 'application/zip';

/** Types whose files are text from the first byte on, yet more than text. */
const TEXTUAL_TYPES: ReadonlySet<string> = new Set([
  'application/pdf',
  'application/postscript',
  'application/eps',
  'application/rtf',
  'text/vcard',
  'text/calendar',
  'text/vtt',
]);

/** Share of NUL bytes that a table may hold and still be one. */
const TABLE_NUL_SHARE = 0.1;

const magicOf = async (head: Uint8Array): Promise<string | undefined> => {
  try {
    const found = await fileTypeFromBuffer(head);
    // `audio/ogg; codecs=opus`, `…macroEnabled.12`: parameters and case say nothing to a planner.
    return found?.mime.split(';')[0]?.trim().toLowerCase();
  } catch {
    // A parser that trips over hostile bytes has not recognised them: the answer is "unknown", not a failure.
    return undefined;
  }
};

const isPrintable = (byte: number): boolean =>
  (byte >= 0x20 && byte < 0x7f) || (byte >= 0x09 && byte <= 0x0d);

/** `BM`, `solid `, `MZ`: a signature of printable letters proves nothing when all that follows is text. */
const isWeakMagic = (head: Uint8Array, { label, bomBytes }: TextEncoding): boolean =>
  label.startsWith('utf-') || bomBytes > 0 || head.subarray(0, 4).every(isPrintable);

const decode = (head: Uint8Array, { label, bomBytes }: TextEncoding): string =>
  new TextDecoder(label).decode(head.subarray(bomBytes), { stream: true });

/** A table with a few NUL bytes in it, or zero bytes behind its end, is still a table. */
const tableWithNuls = (head: Uint8Array, rest: Omit<TextInput, 'encoding'>): string | undefined => {
  const kept = head.filter((byte) => byte !== 0);
  const padding = head.length - (head.findLastIndex((byte) => byte !== 0) + 1);
  const inside = head.length - padding - kept.length;
  if (kept.length === 0 || inside > kept.length * TABLE_NUL_SHARE) return undefined;
  const encoding = detectEncoding(kept);
  return encoding && evenTableKind({ text: decode(kept, encoding), ...rest });
};

interface TextInput {
  readonly encoding: TextEncoding;
  readonly isWhole: boolean;
  readonly name: string | undefined;
}

const typeOfText = (
  head: Uint8Array,
  magic: string | undefined,
  input: TextInput,
): string | undefined => {
  const { encoding, isWhole, name } = input;
  if (magic !== undefined && TEXTUAL_TYPES.has(magic)) return magic;
  if (magic !== undefined && !isWeakMagic(head, encoding)) return undefined;
  return textKind({ text: decode(head, encoding), isWhole, name });
};

/**
 * The type of a file, lower case and without parameters. Never throws, whatever the bytes.
 * @param start the first bytes; what is beyond `HEAD_BYTES` is not looked at
 * @param size of the whole file, in bytes
 * @param name the user's file name; only breaks ties between kinds of text and of Office documents
 */
export const detectType = async (
  start: Uint8Array,
  size: number,
  name?: string,
): Promise<{ readonly type: string }> => {
  if (size === 0 || start.length === 0) return { type: EMPTY };
  const head = start.subarray(0, HEAD_BYTES);
  const fast = fastMagic(head);
  if (fast !== undefined) return { type: fast };
  const isWhole = size <= head.length;
  const encoding = detectEncoding(head);
  // No other signature counts against text that is UTF-8 (`isWeakMagic`), and asking for them all is slow.
  const isOnlyText = encoding?.label === 'utf-8' && !isMoreThanText(head);
  const magic = isOnlyText ? undefined : await magicOf(head);
  const text = encoding && typeOfText(head, magic, { encoding, isWhole, name });
  const type = text ?? magic ?? matchSignature(head) ?? tableWithNuls(head, { isWhole, name });
  const inside = type === ZIP ? officeKind(head, name) : undefined;
  return { type: inside ?? type ?? UNKNOWN };
};
