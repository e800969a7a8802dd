/** Signatures that file-type leaves out, or gives up on when the structure behind them is damaged or cut. */

interface Signature {
  readonly type: string;
  readonly offset: number;
  readonly bytes: readonly number[];
}

const ascii = (text: string): readonly number[] => [...Buffer.from(text, 'latin1')];

const signature = (type: string, bytes: readonly number[], offset = 0): Signature => ({
  type,
  offset,
  bytes,
});

const SIGNATURES: readonly Signature[] = [
  signature('image/png', ascii('\x89PNG\r\n\x1a\n')),
  signature('image/jpeg', [0xff, 0xd8, 0xff]),
  signature('image/tiff', ascii('II*\0')),
  signature('image/tiff', ascii('MM\0*')),
  signature('image/tiff', ascii('II+\0')),
  signature('image/tiff', ascii('MM\0+')),
  signature('image/x-qoi', ascii('qoif')),
  signature('image/vnd.radiance', ascii('#?RADIANCE\n')),
  signature('image/vnd.radiance', ascii('#?RGBE\n')),
  signature('video/x-matroska', [0x1a, 0x45, 0xdf, 0xa3]),
  // The GUID of the ASF header object.
  signature('video/x-ms-asf', [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9]),
  signature('application/x-tar', ascii('ustar'), 257),
  signature('application/zip', ascii('PK\x03\x04')),
  signature('application/zip', ascii('PK\x05\x06')),
];

const matches = (head: Uint8Array, { offset, bytes }: Signature): boolean =>
  bytes.every((byte, index) => head[offset + index] === byte);

const isSpace = (byte: number | undefined): boolean =>
  byte === 0x20 || byte === 0x09 || byte === 0x0a || byte === 0x0d;

/** Netpbm: P1 to P6, white space, then a number or a comment. */
const isNetpbm = (head: Uint8Array): boolean => {
  const [p, kind = 0, space, next = 0] = head;
  const isNumberOrComment = (next >= 0x30 && next <= 0x39) || next === 0x23;
  return p === 0x50 && kind >= 0x31 && kind <= 0x36 && isSpace(space) && isNumberOrComment;
};

/** RFC 1950: method 8, window up to 32 KiB, check bits that make the first two bytes a multiple of 31, no dictionary. */
const isZlib = (head: Uint8Array): boolean => {
  const [cmf = 0, flags = 0] = head;
  return (
    head.length > 2 && cmf === 0x78 && (cmf * 256 + flags) % 31 === 0 && (flags & 0b10_0000) === 0
  );
};

const TAR_BLOCK = 512;
const TAR_CHECKSUM = { start: 148, end: 156 } as const;
const SPACE = 0x20;

/** Tar before POSIX has no magic, only a checksum: the sum of the header with blanks in the checksum's place. */
const isOldTar = (head: Uint8Array): boolean => {
  if (head.length < TAR_BLOCK) return false;
  const { start, end } = TAR_CHECKSUM;
  const field = Buffer.from(head.subarray(start, end)).toString('latin1');
  const octal = /^ *([0-7]{1,7})[ \0]/.exec(field)?.[1];
  if (octal === undefined) return false;
  const sum = head
    .subarray(0, TAR_BLOCK)
    .reduce((total, byte, at) => total + (at >= start && at < end ? SPACE : byte), 0);
  return sum === Number.parseInt(octal, 8);
};

/** A zip is found from its end, so bytes in front of its first entry do not stop it from being one. */
const holdsZipEntry = (head: Uint8Array): boolean =>
  Buffer.from(head.buffer, head.byteOffset, head.byteLength).includes('PK\x03\x04', 0, 'latin1');

/** The type that a signature in binary bytes proves, or undefined. */
export const matchSignature = (head: Uint8Array): string | undefined => {
  const found = SIGNATURES.find((candidate) => matches(head, candidate));
  if (found !== undefined) return found.type;
  if (isNetpbm(head)) return 'image/x-portable-pixmap';
  if (isOldTar(head)) return 'application/x-tar';
  if (isZlib(head)) return 'application/zlib';
  return holdsZipEntry(head) ? 'application/zip' : undefined;
};
