/** Unpacks LZ4 frames (lz4_Frame_format.md 1.6), one after another: blocks that may refer 64 KiB back into those before them. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createPendingBytes } from './pending-bytes.ts';
import { createXxh32, type Xxh32 } from './xxh32.ts';

export interface Lz4Unpacker {
  write(chunk: Uint8Array): void;
  end(): void;
}

const MAGIC = 0x184d2204;
/** The format before frames: blocks of 8 MiB, up to the end of the file. */
const LEGACY = 0x184c2102;
/** Frames for others to read: sixteen numbers, whose last four bits are free. */
const SKIPPABLE = 0x184d2a50;
const LEGACY_BLOCK_BYTES = 8 * 1024 ** 2;
const WINDOW_BYTES = 64 * 1024;
/** The highest bit of a size: the block is as it was. */
const STORED = 1 << 31;
const FLAGS = {
  version: 0b0100_0000,
  blockSum: 0x10,
  size: 0x08,
  contentSum: 0x04,
  dictionary: 0x01,
};
const VERSION_MASK = 0b1100_0000;
const SHORTEST_MATCH = 4;
const MORE = 15;

const corrupt = (): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.' });

interface Frame {
  readonly blockBytes: number;
  readonly blockSums: boolean;
  readonly isLegacy: boolean;
  /** Undefined where the frame carries none. */
  readonly sum: Xxh32 | undefined;
  /** What the frame says that it unpacks to. */
  readonly size: bigint | undefined;
  bytes: number;
}

/** What was unpacked last, then the block that is being unpacked. */
const createWindow = (blockBytes: number) => {
  const bytes = new Uint8Array(WINDOW_BYTES + blockBytes);
  let [start, at] = [0, 0];
  const need = (count: number): void => {
    if (at + count > bytes.length) throw corrupt();
  };
  return {
    /** Moves what may still be referred to to the front. */
    begin(): void {
      const from = Math.max(0, at - WINDOW_BYTES);
      bytes.copyWithin(0, from, at);
      at -= from;
      start = at;
    },
    literals(from: Uint8Array): void {
      need(from.length);
      bytes.set(from, at);
      at += from.length;
    },
    match(distance: number, length: number): void {
      if (distance === 0 || distance > at) throw corrupt();
      need(length);
      for (const end = at + length; at < end; at += 1) bytes[at] = bytes[at - distance] ?? 0;
    },
    block: (): Uint8Array => bytes.subarray(start, at),
  };
};

type Window = ReturnType<typeof createWindow>;

/** Sequences of literals and a match; the last one has no match. */
const unpackBlock = (block: Uint8Array, window: Window): void => {
  let at = 0;
  const byte = (): number => {
    const next = block[at];
    if (next === undefined) throw corrupt();
    at += 1;
    return next;
  };
  const length = (first: number): number => {
    let sum = first;
    if (first !== MORE) return sum;
    for (let more = 255; more === 255; sum += more) more = byte();
    return sum;
  };
  while (at < block.length) {
    const token = byte();
    const literals = length(token >> 4);
    if (at + literals > block.length) throw corrupt();
    window.literals(block.subarray(at, at + literals));
    at += literals;
    if (at === block.length) return;
    const distance = byte() | (byte() << 8);
    window.match(distance, length(token & MORE) + SHORTEST_MATCH);
  }
};

const sumOf = (bytes: Uint8Array): number => {
  const sum = createXxh32();
  sum.update(bytes);
  return sum.digest();
};

/** The frame that a whole header describes, and the length of the header; undefined when more is needed. */
const readHeader = (bytes: Buffer): { frame: Frame; length: number } | undefined => {
  if (bytes.length < 7) return undefined;
  const flags = bytes.readUInt8(4);
  if ((flags & VERSION_MASK) !== FLAGS.version) throw corrupt();
  if ((flags & FLAGS.dictionary) !== 0) {
    throw new NonRetryableError('unsupported', { detail: 'It needs a dictionary of its own.' });
  }
  const hasSize = (flags & FLAGS.size) !== 0;
  const length = 7 + (hasSize ? 8 : 0);
  if (bytes.length < length) return undefined;
  const isProven = ((sumOf(bytes.subarray(4, length - 1)) >> 8) & 0xff) === bytes[length - 1];
  const code = (bytes.readUInt8(5) >> 4) & 7;
  if (!isProven || code < 4) throw corrupt();
  const frame: Frame = {
    // 64 KiB, 256 KiB, 1 MiB, 4 MiB.
    blockBytes: 2 ** (8 + 2 * code),
    blockSums: (flags & FLAGS.blockSum) !== 0,
    isLegacy: false,
    sum: (flags & FLAGS.contentSum) !== 0 ? createXxh32() : undefined,
    size: hasSize ? bytes.readBigUInt64LE(6) : undefined,
    bytes: 0,
  };
  return { frame, length };
};

const legacyFrame = (): Frame => ({
  blockBytes: LEGACY_BLOCK_BYTES,
  blockSums: false,
  isLegacy: true,
  sum: undefined,
  size: undefined,
  bytes: 0,
});

const isSkippable = (word: number): boolean => (word & 0xfffffff0) >>> 0 === SKIPPABLE;

const isMagic = (word: number): boolean => word === MAGIC || word === LEGACY || isSkippable(word);

/** Takes one block of a frame apart. */
const createBlocks = (frame: Frame, onBytes: (bytes: Uint8Array) => void) => {
  const window = createWindow(frame.blockBytes);
  const sumBytes = frame.blockSums ? 4 : 0;
  return {
    /** @returns the length of the block with its size and sum; undefined when it is not all there. */
    lengthOf(bytes: Buffer): number | undefined {
      const packed = bytes.readUInt32LE(0) & ~STORED;
      // What does not get smaller is stored; a little room is left for writers that do not care.
      if (packed > frame.blockBytes + WINDOW_BYTES) throw corrupt();
      const length = 4 + packed + sumBytes;
      return bytes.length < length ? undefined : length;
    },
    unpack(bytes: Buffer): void {
      const isStored = !frame.isLegacy && bytes.readUInt32LE(0) >= 2 ** 31;
      const block = bytes.subarray(4, bytes.length - sumBytes);
      if (sumBytes > 0 && bytes.readUInt32LE(bytes.length - 4) !== sumOf(block)) throw corrupt();
      window.begin();
      if (isStored) window.literals(block);
      else unpackBlock(block, window);
      const unpacked = window.block();
      if (unpacked.length > frame.blockBytes) throw corrupt();
      frame.bytes += unpacked.length;
      frame.sum?.update(unpacked);
      onBytes(unpacked);
    },
  };
};

/** Whether what follows the last block proves the frame; undefined when it is not all there. */
const readEnd = ({ sum, size, bytes: unpacked }: Frame, bytes: Buffer): number | undefined => {
  const length = 4 + (sum === undefined ? 0 : 4);
  if (bytes.length < length) return undefined;
  if (sum !== undefined && bytes.readUInt32LE(4) !== sum.digest()) throw corrupt();
  if (size !== undefined && size !== BigInt(unpacked)) throw corrupt();
  return length;
};

/** @throws NonRetryableError `corrupt` for what is no LZ4, or is not what its checksums say; `unsupported` for a dictionary. */
export const createLz4Unpacker = (onBytes: (bytes: Uint8Array) => void): Lz4Unpacker => {
  const pending = createPendingBytes();
  let frame: Frame | undefined;
  let blocks: ReturnType<typeof createBlocks> | undefined;
  let [frames, skip] = [0, 0];

  const begin = (found: Frame, headerBytes: number): boolean => {
    frame = found;
    blocks = createBlocks(found, onBytes);
    frames += 1;
    pending.take(headerBytes);
    return true;
  };
  const readStart = (bytes: Buffer): boolean => {
    if (bytes.length < 8) return false;
    const magic = bytes.readUInt32LE(0);
    if (isSkippable(magic)) {
      skip = bytes.readUInt32LE(4);
      frames += 1;
      pending.take(8);
      return true;
    }
    if (magic === LEGACY) return begin(legacyFrame(), 4);
    if (magic !== MAGIC) throw corrupt();
    const header = readHeader(bytes);
    return header !== undefined && begin(header.frame, header.length);
  };
  const readBlock = (current: Frame, bytes: Buffer): boolean => {
    if (bytes.length < 4) return false;
    const word = bytes.readUInt32LE(0);
    // A legacy frame has no end; the next one begins where a block would.
    const isEnd = current.isLegacy ? isMagic(word) : word === 0;
    const end = isEnd && !current.isLegacy ? readEnd(current, bytes) : 0;
    if (isEnd && end !== undefined) {
      pending.take(end);
      frame = undefined;
      return true;
    }
    const length = isEnd ? undefined : blocks?.lengthOf(bytes);
    if (length === undefined) return false;
    blocks?.unpack(pending.take(length));
    return true;
  };
  /** @returns whether the next part can be read at once. */
  const readOn = (): boolean => {
    if (skip > 0) {
      skip -= pending.take(skip).length;
      return skip === 0;
    }
    return frame === undefined ? readStart(pending.view) : readBlock(frame, pending.view);
  };

  return {
    write(chunk) {
      pending.append(chunk);
      while (readOn());
    },
    end() {
      const isWhole = frame === undefined || frame.isLegacy;
      if (!isWhole || pending.view.length > 0 || skip > 0 || frames === 0) throw corrupt();
    },
  };
};
