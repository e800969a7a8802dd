/**
 * Holds the checksum that a Zstandard frame ends with against what was unpacked of it: the decompressor passes over it.
 * The packed bytes are walked beside it, only as far as to know where frames and their blocks end.
 */
import xxhash from 'xxhash-wasm';
import { NonRetryableError } from '../../domain/errors.ts';

const SKIPPABLE = 0x184d2a5;
const CHECKSUM_BYTES = 4;
const BLOCK_HEADER_BYTES = 3;
const RUN_OF_ONE_BYTE = 1;

const DICTIONARY_ID_BYTES = [0, 1, 2, 4] as const;
const CONTENT_SIZE_BYTES = [0, 2, 4, 8] as const;

/** What is behind the descriptor of a frame, before its first block. */
const restOfHeader = (descriptor: number): number => {
  const [sizeFlag, isSingleSegment] = [descriptor >> 6, (descriptor & 0x20) !== 0];
  const window = isSingleSegment ? 0 : 1;
  const size = sizeFlag === 0 && isSingleSegment ? 1 : (CONTENT_SIZE_BYTES[sizeFlag] ?? 0);
  return window + (DICTIONARY_ID_BYTES[descriptor & 3] ?? 0) + size;
};

type Part = 'magic' | 'skipped' | 'descriptor' | 'block' | 'checksum';

/** Of one part after the other: how long it is, and what follows from its number. Bytes in between are passed over. */
const createWalker = (onBlock: (isLast: boolean) => void, onEnd: (checksum?: number) => void) => {
  let [part, left, value, filled, skip, hasChecksum] = ['magic' as Part, 4, 0, 0, 0, false];

  const expect = (next: Part, bytes: number, skipped = 0): void => {
    [part, left, value, filled, skip] = [next, bytes, 0, 0, skipped];
  };
  const endFrame = (checksum?: number): void => {
    onEnd(checksum);
    expect('magic', 4);
  };
  const block = (header: number): void => {
    const isLast = (header & 1) !== 0;
    const bytes = ((header >> 1) & 3) === RUN_OF_ONE_BYTE ? 1 : header >> 3;
    onBlock(isLast);
    if (!isLast) expect('block', BLOCK_HEADER_BYTES, bytes);
    else if (hasChecksum) expect('checksum', CHECKSUM_BYTES, bytes);
    else {
      endFrame();
      skip = bytes;
    }
  };
  const take: Readonly<Record<Part, (number: number) => void>> = {
    magic: (number) =>
      number >>> 4 === SKIPPABLE ? expect('skipped', 4) : expect('descriptor', 1),
    skipped: (bytes) => expect('magic', 4, bytes),
    descriptor(descriptor) {
      hasChecksum = (descriptor & 4) !== 0;
      expect('block', BLOCK_HEADER_BYTES, restOfHeader(descriptor));
    },
    block,
    checksum: endFrame,
  };

  return (packed: Uint8Array): void => {
    for (let at = 0; at < packed.length; ) {
      if (skip > 0) {
        const passed = Math.min(skip, packed.length - at);
        [skip, at] = [skip - passed, at + passed];
        continue;
      }
      value += (packed[at] ?? 0) * 2 ** (8 * filled);
      [filled, at] = [filled + 1, at + 1];
      if (filled === left) take[part](value);
    }
  };
};

/** Both are told in the order of the file: packed bytes before what comes of them, and that block by block. */
export const createZstdChecksums = async () => {
  const { create64 } = await xxhash();
  let hash = create64();
  /** Of blocks that are not unpacked yet, whether each is the last of its frame. */
  const blocks: boolean[] = [];
  const [unpacked, told]: [number[], (number | undefined)[]] = [[], []];

  const compare = (): void => {
    while (unpacked.length > 0 && told.length > 0) {
      const [found, checksum] = [unpacked.shift(), told.shift()];
      if (checksum !== undefined && checksum !== found) {
        throw new NonRetryableError('corrupt', { detail: 'Its checksum is wrong.' });
      }
    }
  };
  const walk = createWalker(
    (isLast) => blocks.push(isLast),
    (checksum) => told.push(checksum),
  );

  return {
    /** @throws NonRetryableError `corrupt` */
    onPacked(bytes: Uint8Array): void {
      walk(bytes);
      compare();
    },
    /** @throws NonRetryableError `corrupt` */
    onBlock(bytes: Uint8Array): void {
      hash.update(bytes);
      if (blocks.shift() !== true) return;
      unpacked.push(Number(hash.digest() & 0xffff_ffffn));
      hash = create64();
      compare();
    },
  };
};
