/** Says what a file is by its first bytes. Neither the declared type nor the name can make text an image. */
import { fileTypeFromBuffer } from 'file-type';
import { detectEncoding, type TextEncoding } from './encoding.ts';
import { fastMagic, isMoreThanText } from './fast-magic.ts';
import { behindTags, isMpegAudio } from './mpeg-audio.ts';
import { isTarga, matchSignature, pictureInText } from './signatures.ts';
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
  'application/x-archive',
]);

/** Share of NUL bytes that a table may hold and still be one. */
const TABLE_NUL_SHARE = 0.1;

/** What file-type calls by another name than the rest of the world. */
const RENAMED: Readonly<Record<string, string>> = {
  'application/x-unix-archive': 'application/x-archive',
};

const magicOf = async (head: Uint8Array): Promise<string | undefined> => {
  try {
    const found = await fileTypeFromBuffer(head);
    // `audio/ogg; codecs=opus`, `…macroEnabled.12`: parameters and case say nothing to a planner.
    const type = found?.mime.split(';')[0]?.trim().toLowerCase() ?? '';
    if (type === 'audio/mpeg' && !isMpegAudio(head)) return undefined;
    // The header of a cursor without any picture is that of an uncompressed Targa.
    if (type === 'image/x-icon' && isTarga(head)) return 'image/x-tga';
    return (RENAMED[type] ?? type) || undefined;
  } catch {
    // A parser that trips over hostile bytes has not recognised them: the answer is "unknown", not a failure.
    return undefined;
  }
};

const PDF = 'application/pdf';
/** Readers of PDF look for its header this far; a mail program or a careless script may have put something in front. */
const PDF_HEADER_BYTES = 1024;

const isLatePdf = (head: Uint8Array): boolean =>
  /^[ \t\f\v]*%PDF-\d\.\d/m.test(
    Buffer.from(head.subarray(0, PDF_HEADER_BYTES)).toString('latin1'),
  );

const MOST_CHARACTER = 0x10ffff;
const UTF32_CHARACTERS = 16;

/**
 * UTF-32 with a mark, which no step reads: the first half of the mark is that of UTF-16, and looks like a frame of MPEG audio, so what
 * follows must be characters.
 */
const isUtf32 = (head: Uint8Array): boolean => {
  const view = Buffer.from(head.buffer, head.byteOffset, head.length - (head.length % 4));
  const mark = view.subarray(0, 4).toString('hex');
  if (mark !== 'fffe0000' && mark !== '0000feff') return false;
  const characters = Math.min(view.length / 4, UTF32_CHARACTERS);
  return Array.from({ length: characters }, (_, at) =>
    mark === 'fffe0000' ? view.readUInt32LE(4 * at) : view.readUInt32BE(4 * at),
  ).every((character) => character <= MOST_CHARACTER);
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
  const kind = textKind({ text: decode(head, encoding), isWhole, name });
  return kind === 'text/plain' && isLatePdf(head) ? PDF : kind;
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
  const fast = fastMagic(head) ?? pictureInText(head);
  if (fast !== undefined) return { type: fast };
  const isWhole = size <= head.length;
  if (isUtf32(head)) return { type: UNKNOWN };
  const encoding = detectEncoding(head);
  // No other signature counts against text that is UTF-8 (`isWeakMagic`), and asking for them all is slow.
  const isOnlyText = encoding?.label === 'utf-8' && !isMoreThanText(head);
  const magic = isOnlyText ? undefined : await magicOf(head);
  const text = encoding && typeOfText(head, magic, { encoding, isWhole, name });
  const tagged = magic === 'audio/mpeg' ? behindTags(head, name) : undefined;
  const type =
    text ?? tagged ?? magic ?? matchSignature(head) ?? tableWithNuls(head, { isWhole, name });
  const inside = type === ZIP ? officeKind(head, name) : undefined;
  return { type: inside ?? type ?? UNKNOWN };
};
