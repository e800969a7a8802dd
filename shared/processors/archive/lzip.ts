/** Unpacks lzip: members one after another, each an LZMA stream between a header and a trailer that proves it. */
import { crc32 } from 'node:zlib';
import { NonRetryableError } from '../../domain/errors.ts';
import { createLzmaDecoder, type LzmaDecoder } from './lzma.ts';
import { createPendingBytes } from './pending-bytes.ts';

export interface LzipUnpacker {
  write(chunk: Uint8Array): void;
  end(): void;
}

const MAGIC = Buffer.from('LZIP', 'latin1');
const VERSION = 1;
/** Magic number, version, size of the dictionary. */
const HEADER_BYTES = 6;
/** CRC of what was packed, its size, and the size of the member. */
const TRAILER_BYTES = 20;
/** The only ones that there are in lzip. */
const PROPERTIES = { literalContextBits: 3, literalPositionBits: 0, positionBits: 2 } as const;
const SMALLEST_DICTIONARY = 4 * 1024;
const LARGEST_DICTIONARY = 512 * 1024 ** 2;

const corrupt = (): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.' });

/** A power of two less some sixteenths of it. */
const dictionaryOf = (coded: number): number => {
  const base = 2 ** (coded & 0x1f);
  const bytes = base - (base / 16) * (coded >> 5);
  if (bytes < SMALLEST_DICTIONARY || bytes > LARGEST_DICTIONARY) throw corrupt();
  return bytes;
};

interface Member {
  readonly decoder: LzmaDecoder;
  crc: number;
  /** Of what was packed. */
  bytes: number;
  /** Of the member so far. */
  packedBytes: number;
}

/** @throws NonRetryableError `corrupt` for what is no lzip, or is not what its trailer says. */
export const createLzipUnpacker = (onBytes: (bytes: Uint8Array) => void): LzipUnpacker => {
  const pending = createPendingBytes();
  let members = 0;
  let member: Member | undefined;
  /** What follows the last member and is none belongs to nobody: tapes are padded. */
  let isOver = false;

  const start = (coded: number): void => {
    const dictionaryBytes = dictionaryOf(coded);
    const follow = (bytes: Uint8Array): void => {
      if (member !== undefined) {
        member.crc = crc32(bytes, member.crc);
        member.bytes += bytes.length;
      }
      onBytes(bytes);
    };
    const decoder = createLzmaDecoder({ ...PROPERTIES, dictionaryBytes }, follow);
    member = { decoder, crc: 0, bytes: 0, packedBytes: HEADER_BYTES };
    members += 1;
  };
  const readHeader = (bytes: Buffer): boolean => {
    if (bytes.length < HEADER_BYTES) return false;
    if (bytes.subarray(0, MAGIC.length).equals(MAGIC) && bytes[MAGIC.length] === VERSION) {
      start(bytes[HEADER_BYTES - 1] ?? 0);
      pending.take(HEADER_BYTES);
      return true;
    }
    if (members === 0) throw corrupt();
    isOver = true;
    return false;
  };
  const readTrailer = (bytes: Buffer, { crc, bytes: unpacked, packedBytes }: Member): boolean => {
    if (bytes.length < TRAILER_BYTES) return false;
    const isProven =
      bytes.readUInt32LE(0) === crc &&
      bytes.readBigUInt64LE(4) === BigInt(unpacked) &&
      bytes.readBigUInt64LE(12) === BigInt(packedBytes + TRAILER_BYTES);
    if (!isProven) throw corrupt();
    member = undefined;
    pending.take(TRAILER_BYTES);
    return true;
  };
  /** @returns whether the next part can be read at once. */
  const readOn = (isLast: boolean): boolean => {
    if (isOver) return false;
    if (member === undefined) return readHeader(pending.view);
    if (member.decoder.isDone) return readTrailer(pending.view, member);
    const at = member.decoder.decode(pending.view, 0, isLast);
    member.packedBytes += at;
    pending.take(at);
    return member.decoder.isDone;
  };

  return {
    write(chunk) {
      if (!isOver) pending.append(chunk);
      while (readOn(false));
    },
    end() {
      while (readOn(true));
      if (member !== undefined || members === 0) throw corrupt();
    },
  };
};
