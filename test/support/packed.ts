/** Small files of compressions that Node cannot write. */

/** `hello ` twenty times, packed by the reference programs. */
export const PACKED_TEXT = 'hello '.repeat(20);
export const XZ = Buffer.from(
  '/Td6WFoAAATm1rRGAgAhARYAAAB0L+Wj4AB3AAxdADQZSe6N6VpVbS8AAAAG6r2OiGd2awABKHiP4gUjH7bzfQEAAAAABFla',
  'base64',
);
export const BZIP2 = Buffer.from(
  'QlpoOTFBWSZTWWcm9zEAAB2RAEAAAkSgADDNAFKjGkwnyYTROF3JFOFCQZyb3MQ=',
  'base64',
);

/** One block of bzip2 that holds as many zeros as a block can: 46 MB in 46 bytes. */
export const SWOLLEN_BZIP2 = Buffer.from(
  'QlpoOTFBWSZTWQ4J4t8BX45AAMAAAAggADCATUZCoCWpCoCXF3JFOFCQDgni3w==',
  'base64',
);
export const SWOLLEN_BYTES = 45_899_235;

/** `hello hello hello hello hello`, packed by the reference programs. */
export const GREETING = 'hello hello hello hello hello\n';
export const LZIP = Buffer.from(
  'TFpJUAEMADQZSe6N6Vc6xw2wA////dHAAGgCMWYeAAAAAAAAAC0AAAAAAAAA',
  'base64',
);
/** With its size and a checksum of the content. */
export const LZ4 = Buffer.from(
  'BCJNGGxAHgAAAAAAAAByEAAAAG9oZWxsbyAGAABQZWxsbwoAAAAALYIDOQ==',
  'base64',
);
/** The format before frames: the letter a, a hundred times. */
export const LZ4_LEGACY = Buffer.from('AiFMGAsAAAAfYQEAS1BhYWFhYQ==', 'base64');

/** Five times as long as the dictionary of `LZIP_LINES`, so that its window comes round. */
export const LINES = Array.from(
  { length: 1_500 },
  (_, at) => `${at % 7} of ${at % 3 === 0 ? 'alpha' : 'beta'} ${(at * at) % 11}\n`,
).join('');
export const LZIP_LINES = Buffer.from(
  [
    'TFpJUAEMABgICmbncSmuBQPNbxR/47yoTNsLBDjw4nruX6UGMF1G4FsidAbqTkLqTIjHf0YR28Oi/5rTkWWxMuwm7Jjt',
    'VMhA4+Rh2aihAZjPQlo1HcX/1oy01A6/F86xLhpZyIoWvYUklP2d6x7z0om8ch1Oq99ycK6ayx3vVkyn1Nsl+Ho4nop6',
    'OEHkYxzrP1vpOZywbgMXAcrq0ZlirxO8LzpuMflMNxT4ye8Z620U8/+pmkmtX8EGBDZZOBjkXqPduN/9kY8zeeQImt21',
    'fs27G0CZzoTsnLBEt/lyZeod0EL3TIeThACglu6r7hpXhK84M8QfLgdvz5whH3laxQxpaqCIVAJkviE3KFyzI8Miv4cb',
    'XeV1OZKoRibrZagqANf0t1SXfBKT7sRNac0v1/qy0RnXLhlCZ4V3D9sBJ2T6FM4bROPvS+lBAONkXP6VYJ/8PXdooAW0',
    'eNvh7xEHpqzSbugN2a8qrBXmz0dz//+k9ikARV6MkERIAAAAAAAAiAEAAAAAAAA=',
  ].join(''),
  'base64',
);

/** One frame of one block that is stored as it is; up to 255 bytes. */
export const zstd = (content: string): Buffer => {
  const bytes = Buffer.from(content);
  const isLast = 1;
  const header = Buffer.alloc(3);
  header.writeUIntLE((bytes.length << 3) | isLast, 0, 3);
  const singleSegment = 0x20;
  return Buffer.concat([
    Buffer.from([0x28, 0xb5, 0x2f, 0xfd, singleSegment, bytes.length]),
    header,
    bytes,
  ]);
};

/** Of `hello zstd` in lines with its checksum, the same without one, zeros in runs, bytes that are stored, and nothing. */
export const ZSTD_FRAMES = [
  'KLUv/WS4CpUAAFhoZWxsbyB6c3RkCgEAqrNfvMd/H/A=',
  'KLUv/WC4CpUAAFhoZWxsbyB6c3RkCgEAqrNfvA==',
  'KLUv/aTgkwQAVAAAEAAAAQD7/znAAgIAEAADnwQALSjeJg==',
  'KLUv/QRYMQAAc3RvcmVkSIEjeg==',
  'KLUv/SQAAQAAmenYUQ==',
].map((frame) => Buffer.from(frame, 'base64'));
export const ZSTD_FRAMES_BYTES = 3_000 + 3_000 + 300_000 + 6 + 0;

const CLEAR = 256;

/** What the Unix program `compress` writes, with codes of up to 16 bits. */
export const compressZ = (content: Buffer): Buffer => {
  /** Codes by a shorter code and one more byte. */
  const codes = new Map<number, number>();
  const out: number[] = [0x1f, 0x9d, 0x80 | 16];
  let [free, width] = [CLEAR + 1, 9];
  let group: number[] = [];
  const writeGroup = (isLast: boolean): void => {
    const bytes = new Uint8Array(isLast ? Math.ceil((group.length * width) / 8) : width);
    for (const [index, code] of group.entries()) {
      for (let bit = 0; bit < width; bit += 1) {
        const at = index * width + bit;
        if ((code >> bit) & 1) bytes[at >> 3]! |= 1 << (at & 7);
      }
    }
    out.push(...bytes);
    group = [];
  };
  const write = (code: number): void => {
    group.push(code);
    if (group.length === 8) writeGroup(false);
  };
  let prefix = -1;
  let entries = 0;
  for (const byte of content) {
    const known = prefix < 0 ? byte : codes.get(prefix * 256 + byte);
    if (known !== undefined) {
      prefix = known;
      continue;
    }
    write(prefix);
    if (free < 65_536) {
      codes.set(prefix * 256 + byte, free);
      free += 1;
    }
    entries += 1;
    // The reader is one entry behind.
    if (entries > 1 && free - 1 >= 2 ** width && width < 16) {
      if (group.length > 0) writeGroup(false);
      width += 1;
    }
    prefix = byte;
  }
  if (prefix >= 0) write(prefix);
  if (group.length > 0) writeGroup(true);
  return Buffer.from(out);
};
