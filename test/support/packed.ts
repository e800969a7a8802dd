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
