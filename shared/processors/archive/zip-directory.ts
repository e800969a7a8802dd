/** Reads the central directory of a zip, ZIP64 included, with one ranged read, or two when it is long. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { ByteRange, ProcessorInput } from '../processor.ts';
import { chunksOf } from '../reading/read-whole.ts';
import { decodeName, type Entry, type EntryKind } from './entry.ts';

/** Record sizes and signatures of APPNOTE.TXT 4.3. */
const END = { signature: 0x06054b50, bytes: 22 } as const;
const END64 = { signature: 0x06064b50, bytes: 56 } as const;
const LOCATOR64 = { signature: 0x07064b50, bytes: 20 } as const;
const HEADER = { signature: 0x02014b50, bytes: 46 } as const;
const MOST_COMMENT = 0xffff;
const TAIL_BYTES = END.bytes + MOST_COMMENT + LOCATOR64.bytes + END64.bytes;

const ONES_32 = 0xffffffff;
const UNIX = 3;
const EXTRA_ZIP64 = 0x0001;
const ENCRYPTED = 1;

const FILE_TYPE = 0o170000;
const SYMLINK = 0o120000;
const DIRECTORY = 0o040000;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

export type ZipInput = Pick<ProcessorInput, 'open' | 'signal'> & {
  readonly source: Pick<ProcessorInput['source'], 'size'>;
};

async function* readRange(input: ZipInput, range: ByteRange): AsyncGenerator<Uint8Array> {
  let left = range.end - range.start + 1;
  for await (const chunk of chunksOf({ signal: input.signal, open: () => input.open(range) })) {
    left -= chunk.length;
    if (left < 0) throw corrupt('The file is longer than it should be.');
    yield chunk;
  }
}

/** The last end record whose comment reaches to the end of the file; else the last that fits into it. */
const findEnd = (tail: Buffer): number => {
  let fallback = -1;
  for (let at = tail.length - END.bytes; at >= 0; at -= 1) {
    if (tail.readUInt32LE(at) !== END.signature) continue;
    const rest = tail.length - at - END.bytes - tail.readUInt16LE(at + 20);
    if (rest === 0) return at;
    if (rest > 0 && fallback === -1) fallback = at;
  }
  if (fallback === -1) throw corrupt('The directory of the archive is missing.');
  return fallback;
};

const asNumber = (value: bigint): number => {
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw corrupt('A size is larger than any file.');
  return Number(value);
};

interface Directory {
  /** Offset of its first byte in the file. */
  readonly start: number;
  readonly bytes: number;
  /** Bytes in front of the archive, which its own offsets do not count. */
  readonly shift: number;
}

/** Where the directory lies: right before its end record, so that bytes in front of the archive do not matter. */
const locate = (tail: Buffer, size: number): Directory => {
  const end = findEnd(tail);
  let bytes = tail.readUInt32LE(end + 12);
  let told = tail.readUInt32LE(end + 16);
  let endsAt = end;
  const locator = end - LOCATOR64.bytes;
  if (locator >= END64.bytes && tail.readUInt32LE(locator) === LOCATOR64.signature) {
    const end64 = locator - END64.bytes;
    if (tail.readUInt32LE(end64) !== END64.signature)
      throw corrupt('The ZIP64 record is not in its place.');
    bytes = asNumber(tail.readBigUInt64LE(end64 + 40));
    told = asNumber(tail.readBigUInt64LE(end64 + 48));
    endsAt = end64;
  }
  const start = size - tail.length + endsAt - bytes;
  if (start < 0) throw corrupt('The directory is longer than the file.');
  if (told >= size) throw corrupt('The directory is told to lie behind the end of the file.');
  // Writers who tell a wrong place of the directory still tell the right ones of entries.
  return { start, bytes, shift: Math.max(0, start - told) };
};

interface Sizes {
  readonly size: number;
  readonly compressed: number;
  readonly offset: number;
}

/** ZIP64 moves what does not fit into an extra field, in this order, each only if it does not fit. */
const largeSizes = (extra: Buffer, { size, compressed, offset }: Sizes): Sizes => {
  for (let at = 0; at + 4 <= extra.length; at += 4 + extra.readUInt16LE(at + 2)) {
    if (extra.readUInt16LE(at) !== EXTRA_ZIP64) continue;
    const field = extra.subarray(at + 4, at + 4 + extra.readUInt16LE(at + 2));
    let next = 0;
    const take = (value: number): number => {
      if (value !== ONES_32) return value;
      if (next + 8 > field.length) throw corrupt('A ZIP64 size is missing.');
      next += 8;
      return asNumber(field.readBigUInt64LE(next - 8));
    };
    return { size: take(size), compressed: take(compressed), offset: take(offset) };
  }
  return { size, compressed, offset };
};

const kindOf = (name: string, madeBy: number, attributes: number): EntryKind => {
  const mode = madeBy >> 8 === UNIX ? (attributes >>> 16) & FILE_TYPE : 0;
  if (mode === SYMLINK) return 'symlink';
  return mode === DIRECTORY || name.endsWith('/') ? 'directory' : 'file';
};

const headerBytes = (header: Buffer): number =>
  HEADER.bytes + header.readUInt16LE(28) + header.readUInt16LE(30) + header.readUInt16LE(32);

/** Where the content of an entry lies, and how it is packed. */
export interface EntryPlace {
  /** Of its local header, from the start of the file. */
  readonly offset: number;
  readonly method: number;
  /** Of the unpacked content. */
  readonly crc32: number;
}

export type OnEntry = (entry: Entry, place: EntryPlace) => void;

/** What a header of the directory says, and where its entry lies in an archive that begins at `shift`. */
const entryOf = (header: Buffer, shift: number): readonly [Entry, EntryPlace] => {
  const nameEnd = HEADER.bytes + header.readUInt16LE(28);
  const name = decodeName(header.subarray(HEADER.bytes, nameEnd));
  const extra = header.subarray(nameEnd, nameEnd + header.readUInt16LE(30));
  const { offset, ...sizes } = largeSizes(extra, {
    compressed: header.readUInt32LE(20),
    size: header.readUInt32LE(24),
    offset: header.readUInt32LE(42),
  });
  const entry: Entry = {
    name,
    kind: kindOf(name, header.readUInt16LE(4), header.readUInt32LE(38)),
    ...sizes,
    encrypted: (header.readUInt16LE(8) & ENCRYPTED) !== 0,
    // The target of a link is its content, and content is not read.
    target: null,
  };
  const method = header.readUInt16LE(10);
  return [entry, { offset: offset + shift, method, crc32: header.readUInt32LE(16) }];
};

/** Cuts headers off the front of what is there; returns the beginning of one that is not whole yet. */
const takeHeaders = (bytes: Buffer, shift: number, onEntry: OnEntry): Buffer => {
  let at = 0;
  while (bytes.length - at >= HEADER.bytes) {
    const header = bytes.subarray(at);
    if (header.readUInt32LE(0) !== HEADER.signature)
      throw corrupt('An entry of the directory is damaged.');
    const length = headerBytes(header);
    if (header.length < length) break;
    onEntry(...entryOf(header.subarray(0, length), shift));
    at += length;
  }
  return bytes.subarray(at);
};

/**
 * Calls `onEntry` for each entry in the order of the directory. Nothing is unpacked.
 * @returns where the directory begins, which is where the last entry has ended.
 * @throws NonRetryableError `corrupt` when the directory is missing, cut or damaged.
 */
export const readZipDirectory = async (input: ZipInput, onEntry: OnEntry): Promise<number> => {
  const { size } = input.source;
  if (size < END.bytes) throw corrupt('It is too short for an archive.');
  const tailStart = Math.max(0, size - TAIL_BYTES);
  const chunks: Uint8Array[] = [];
  for await (const chunk of readRange(input, { start: tailStart, end: size - 1 }))
    chunks.push(chunk);
  const tail = Buffer.concat(chunks);
  if (tail.length !== size - tailStart) throw corrupt('The file is shorter than it should be.');

  const { start, bytes, shift } = locate(tail, size);
  if (bytes === 0) return start;
  let rest: Buffer = Buffer.alloc(0);
  if (start >= tailStart)
    rest = takeHeaders(tail.subarray(start - tailStart, start - tailStart + bytes), shift, onEntry);
  else {
    for await (const chunk of readRange(input, { start, end: start + bytes - 1 })) {
      rest = takeHeaders(
        rest.length === 0 ? Buffer.from(chunk) : Buffer.concat([rest, chunk]),
        shift,
        onEntry,
      );
    }
  }
  if (rest.length > 0) throw corrupt('The last entry of the directory is cut off.');
  return start;
};
