/**
 * The kinds of file that most uploads are, told by their first bytes at once. What is answered here is what file-type answers
 * for the same bytes, without the questions that it asks before; whatever is not quite clear is left to it.
 */

const SHORTEST = 16;
const PNG_HEADER = Buffer.from('\x89PNG\r\n\x1a\n\0\0\0\rIHDR', 'latin1');
/** A JPEG's first segment; ISO/IEC 14495 (JPEG-LS) has another fourth byte. */
const JPEG = 0xff_d8_ff;
const JPEG_LS = 0xf7;
const GIF = 0x47_49_46_38;
const PDF = 0x25_50_44_46;
const RIFF = 0x52_49_46_46;
const WEBP = 0x57_45_42_50;
const WAVE = 0x57_41_56_45;

/** The type that these bytes prove, or undefined where file-type must look. */
export const fastMagic = (bytes: Uint8Array): string | undefined => {
  if (bytes.length < SHORTEST) return undefined;
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const first = head.readUInt32BE(0);
  if (first >>> 8 === JPEG) return (first & 0xff) === JPEG_LS ? undefined : 'image/jpeg';
  // A PDF is more than text whatever follows (`typeOfText`).
  if (first === PDF) return 'application/pdf';
  // What is printable may be text: only a NUL says that it is not. UTF-16 would have one in every pair.
  const isBinary = head.subarray(0, 64).includes(0) && head[0] !== 0 && head[1] !== 0;
  if (!isBinary) return undefined;
  if (first === GIF) return 'image/gif';
  if (first === RIFF) {
    const kind = head.readUInt32BE(8);
    return kind === WEBP ? 'image/webp' : kind === WAVE ? 'audio/wav' : undefined;
  }
  // An animation announces itself before its first picture; file-type reads the chunks.
  const isPng = head.subarray(0, SHORTEST).equals(PNG_HEADER);
  return isPng && head.includes('IDAT') && !head.includes('acTL') ? 'image/png' : undefined;
};

/** What text may begin with that is more than text, after any byte-order mark. */
const MORE_THAN_TEXT = /^(?:\xef\xbb\xbf)?(?:%PDF|%!|\{\\rtf|BEGIN:|WEBVTT|!<arch>)/;

/** Whether UTF-8 text may be of a type that file-type names and that is text all the same. */
export const isMoreThanText = (head: Uint8Array): boolean =>
  MORE_THAN_TEXT.test(Buffer.from(head.subarray(0, SHORTEST)).toString('latin1'));
