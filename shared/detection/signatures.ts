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
  signature('image/x-exr', [0x76, 0x2f, 0x31, 0x01]),
  signature('audio/basic', ascii('.snd\0')),
  signature('audio/x-caf', ascii('caff\0\x01\0\0')),
  // RAR before version 1.5; file-type knows those after it.
  signature('application/x-rar-compressed', ascii('RE\x7e\x5e')),
  // The GUID of the ASF header object.
  signature('video/x-ms-asf', [0x30, 0x26, 0xb2, 0x75, 0x8e, 0x66, 0xcf, 0x11, 0xa6, 0xd9]),
  signature('application/x-tar', ascii('ustar'), 257),
  signature('application/zip', ascii('PK\x03\x04')),
  signature('application/zip', ascii('PK\x05\x06')),
  // The last part of an archive in several, or one that was made as if there would be more.
  signature('application/zip', ascii('PK\x07\x08')),
  signature('application/x-xar', ascii('xar!')),
  // Word for Windows before version 6; those after it are compound files.
  signature('application/msword', [0xdb, 0xa5, 0x2d, 0x00]),
];

const matches = (head: Uint8Array, { offset, bytes }: Signature): boolean =>
  bytes.every((byte, index) => head[offset + index] === byte);

const NETPBM: Readonly<Record<string, string>> = {
  '1': 'image/x-portable-bitmap',
  '2': 'image/x-portable-graymap',
  '3': 'image/x-portable-pixmap',
  '4': 'image/x-portable-bitmap',
  '5': 'image/x-portable-graymap',
  '6': 'image/x-portable-pixmap',
};
/** What surely holds a header of Netpbm or FITS. */
const PICTURE_TEXT_BYTES = 256;

/**
 * Pictures whose headers, and sometimes whose pixels, are text: Netpbm with its width and height, PAM with the word for them, FITS.
 * Undefined for all else.
 */
export const pictureInText = (head: Uint8Array): string | undefined => {
  const [first] = head;
  if (first !== 0x50 && first !== 0x53) return undefined;
  const text = Buffer.from(head.subarray(0, PICTURE_TEXT_BYTES)).toString('latin1');
  if (text.startsWith('SIMPLE  =')) return 'image/fits';
  if (/^P7\n(?:#[^\n]*\n|\s)*(?:WIDTH|HEIGHT|DEPTH|MAXVAL|TUPLTYPE)\s/.test(text)) {
    return 'image/x-portable-arbitrarymap';
  }
  const [, kind = ''] = /^P([1-6])(?:\s|#[^\n]*\n)+\d+(?:\s|#[^\n]*\n)+\d+\s/.exec(text) ?? [];
  return NETPBM[kind];
};

/** PCX: version, run-length encoding, bits of a pixel, and corners that span a picture. */
const isPcx = (head: Uint8Array): boolean => {
  const [maker, version = 0, encoding, bits = 0] = head;
  if (head.length < 128 || maker !== 0x0a || version > 5 || version === 1 || encoding !== 1)
    return false;
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const isSpanned =
    view.readUInt16LE(8) >= view.readUInt16LE(4) && view.readUInt16LE(10) >= view.readUInt16LE(6);
  return [1, 2, 4, 8].includes(bits) && isSpanned && view[64] === 0;
};

const TARGA_HEADER = 18;
const TARGA_KINDS: ReadonlySet<number> = new Set([1, 2, 3, 9, 10, 11]);
const TARGA_DEPTHS: ReadonlySet<number> = new Set([8, 15, 16, 24, 32]);

/** Targa has no mark at its start: every field must be one of the few that it may be, and the kind must go with the palette. */
export const isTarga = (head: Uint8Array): boolean => {
  if (head.length < TARGA_HEADER) return false;
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const [, palette = 0, kind = 0] = view;
  const hasPalette = kind === 1 || kind === 9;
  if (!TARGA_KINDS.has(kind) || palette !== (hasPalette ? 1 : 0)) return false;
  const [first, colours, colourBits] = [
    view.readUInt16LE(3),
    view.readUInt16LE(5),
    view.readUInt8(7),
  ];
  const isSound = hasPalette
    ? colours > 0 && [15, 16, 24, 32].includes(colourBits)
    : first + colours + colourBits === 0;
  const [width, height] = [view.readUInt16LE(12), view.readUInt16LE(14)];
  const [depth, descriptor] = [view.readUInt8(16), view.readUInt8(17)];
  // How many bits of alpha, from which corner, and two bits that were never used.
  return isSound && width > 0 && height > 0 && TARGA_DEPTHS.has(depth) && descriptor < 0x40;
};

const LZMA_HEADER = 13;
/** Nobody says that a file unpacks to more than a terabyte. */
const MOST_LZMA_BYTES = 2n ** 40n;
const LZMA_UNKNOWN = 2n ** 64n - 1n;

/** What the LZMA SDK writes alone has no mark: the usual properties, a dictionary as encoders choose it, a size or none, and a zero. */
const isLzma = (head: Uint8Array): boolean => {
  if (head.length <= LZMA_HEADER || head[0] !== 0x5d || head[LZMA_HEADER] !== 0) return false;
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const [dictionary, size] = [view.readUInt32LE(1), view.readBigUInt64LE(5)];
  // 2^n or 2^n + 2^(n-1).
  const lowest = (dictionary & -dictionary) >>> 0;
  const isChosen = dictionary >= 4_096 && [1, 3].includes(dictionary / lowest);
  return isChosen && (size === LZMA_UNKNOWN || size < MOST_LZMA_BYTES);
};

/** RFC 1950: method 8, window up to 32 KiB, check bits that make the first two bytes a multiple of 31, no dictionary. */
const isZlib = (head: Uint8Array): boolean => {
  const [cmf = 0, flags = 0] = head;
  return (
    head.length > 2 && cmf === 0x78 && (cmf * 256 + flags) % 31 === 0 && (flags & 0b10_0000) === 0
  );
};

/** WAVE whose sizes have 64 bits: EBU Tech 3306 and ITU-R BS.2088. */
const isLongWave = (head: Uint8Array): boolean =>
  /^(?:RF64|BW64)[\s\S]{4}WAVEds64/.test(Buffer.from(head.subarray(0, 16)).toString('latin1'));

/** A frame of Zstandard or LZ4 that holds nothing to unpack, but for those who know what it is (RFC 8878, 3.1.2). */
const SKIPPABLE = { least: 0x184d2a50, last: 0x184d2a5f, bytes: 8 } as const;
const LZ4_FRAME = 0x184d2204;

/** What the frames in front leave the rest to be; Zstandard where that lies beyond the head, as its tools write such frames. */
const behindSkippable = (head: Uint8Array): string | undefined => {
  const view = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  let at = 0;
  for (; at + SKIPPABLE.bytes <= view.length; at += SKIPPABLE.bytes + view.readUInt32LE(at + 4)) {
    const mark = view.readUInt32LE(at);
    if (mark >= SKIPPABLE.least && mark <= SKIPPABLE.last) continue;
    if (at === 0) return undefined;
    return mark === LZ4_FRAME ? 'application/x-lz4' : 'application/zstd';
  }
  return at > 0 ? 'application/zstd' : undefined;
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
  if (isLongWave(head)) return 'audio/wav';
  const skipped = behindSkippable(head);
  if (skipped !== undefined) return skipped;
  if (isOldTar(head)) return 'application/x-tar';
  if (isZlib(head)) return 'application/zlib';
  if (isLzma(head)) return 'application/x-lzma';
  if (isPcx(head)) return 'image/x-pcx';
  if (holdsZipEntry(head)) return 'application/zip';
  return isTarga(head) ? 'image/x-tga' : undefined;
};
