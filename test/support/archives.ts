/** Writes small archives byte by byte, so that tests can make sound ones and broken ones. */
import { crc32, deflateRawSync } from 'node:zlib';

export interface TarEntry {
  readonly name: string;
  readonly body?: string;
  readonly flag?: string;
  readonly link?: string;
}

const BLOCK = 512;

const tarHeader = ({ name, body = '', flag = '0', link = '' }: TarEntry): Buffer => {
  const header = Buffer.alloc(BLOCK);
  header.write(name.slice(0, 100), 0);
  header.write('0000644\0', 100);
  header.write(`${Buffer.byteLength(body).toString(8).padStart(11, '0')}\0`, 124);
  header.write('        ', 148);
  header.write(flag, 156);
  header.write(link, 157);
  header.write('ustar\x0000', 257);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return header;
};

/** Entries without the two empty blocks of the end, so that more may follow. */
export const tarOf = (entries: readonly TarEntry[]): Buffer =>
  Buffer.concat(
    entries.flatMap((entry) => {
      const body = Buffer.from(entry.body ?? '');
      return [tarHeader(entry), body, Buffer.alloc((BLOCK - (body.length % BLOCK)) % BLOCK)];
    }),
  );

export const TAR_END = Buffer.alloc(2 * BLOCK);

export interface ZipEntry {
  readonly name: string;
  readonly body?: string;
  /** In place of `body`, for what is no text. */
  readonly bytes?: Buffer;
  readonly encrypted?: boolean;
  /** Packed instead of stored. */
  readonly deflated?: boolean;
  /** Unix mode, for links. */
  readonly mode?: number;
}

const record = (values: readonly (readonly [bytes: 2 | 4, value: number])[]): Buffer =>
  Buffer.concat(
    values.map(([bytes, value]) => {
      const field = Buffer.alloc(bytes);
      field.writeUIntLE(value, 0, bytes);
      return field;
    }),
  );

/** A zip whose entries are stored as they are, unless they say otherwise. */
export const zipOf = (entries: readonly ZipEntry[], comment = ''): Buffer => {
  const locals: Buffer[] = [];
  const headers: Buffer[] = [];
  let offset = 0;
  for (const { name, body = '', encrypted, deflated, mode = 0o100644, ...entry } of entries) {
    const [bytes, called] = [entry.bytes ?? Buffer.from(body), Buffer.from(name)];
    const packed = deflated ? deflateRawSync(bytes) : bytes;
    const shared = record([
      [2, 20],
      [2, encrypted ? 1 : 0],
      [2, deflated ? 8 : 0],
      [2, 0],
      [2, 0],
      [4, crc32(bytes)],
      [4, packed.length],
      [4, bytes.length],
      [2, called.length],
      [2, 0],
    ]);
    const local = Buffer.concat([record([[4, 0x04034b50]]), shared, called, packed]);
    headers.push(
      record([
        [4, 0x02014b50],
        [2, (3 << 8) | 20],
      ]),
      shared,
      record([
        [2, 0],
        [2, 0],
        [2, 0],
        [4, mode * 65_536],
        [4, offset],
      ]),
      called,
    );
    locals.push(local);
    offset += local.length;
  }
  const directory = Buffer.concat(headers);
  const end = record([
    [4, 0x06054b50],
    [2, 0],
    [2, 0],
    [2, entries.length],
    [2, entries.length],
    [4, directory.length],
    [4, offset],
    [2, Buffer.byteLength(comment)],
  ]);
  return Buffer.concat([...locals, directory, end, Buffer.from(comment)]);
};

/** What a zip ends with whose entries are too large, or lie too far behind, for fields of 32 bits. */
export const zip64End = (
  directoryAt: number,
  entries: readonly { readonly name: string; readonly size: bigint; readonly offset: bigint }[],
): Buffer => {
  const wide = (...values: readonly bigint[]): Buffer => {
    const fields = Buffer.alloc(8 * values.length);
    for (const [at, value] of values.entries()) fields.writeBigUInt64LE(value, 8 * at);
    return fields;
  };
  const directory = Buffer.concat(
    entries.flatMap(({ name, size, offset }) => {
      const header = Buffer.alloc(46);
      header.writeUInt32LE(0x02014b50, 0);
      header.writeUInt16LE(name.length, 28);
      header.writeUInt16LE(28, 30);
      for (const at of [20, 24, 42]) header.writeUInt32LE(0xffff_ffff, at);
      const extra = Buffer.concat([Buffer.from([1, 0, 24, 0]), wide(size, size, offset)]);
      return [header, Buffer.from(name), extra];
    }),
  );
  const end64 = Buffer.alloc(56);
  end64.writeUInt32LE(0x06064b50, 0);
  wide(BigInt(directory.length), BigInt(directoryAt)).copy(end64, 40);
  const locator = Buffer.alloc(20);
  locator.writeUInt32LE(0x07064b50, 0);
  locator.writeBigUInt64LE(BigInt(directoryAt + directory.length), 8);
  const end = Buffer.alloc(22, 0xff);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(0, 20);
  return Buffer.concat([directory, end64, locator, end]);
};
