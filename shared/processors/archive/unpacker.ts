/** Decompressors that Node does not have, in a process of their own: one small piece may grow without end inside them. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createIsolate, WorkError } from '../isolation/isolate.ts';
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from '../reading/read-whole.ts';
import { createZstdChecksums } from './zstd-checksums.ts';

const MiB = 1024 ** 2;
/** With the worker around it no more than a Lambda of 512 MB has. */
const MEMORY_BYTES = 192 * MiB;

export type Compression = 'xz' | 'zstd' | 'bzip2';

/** A block of bzip2 comes to 46 MB at most, and goes out in pieces of this length. */
const PIECE_BYTES = MiB;

/** What the work tells: that it wants more to read, or what it has unpacked. */
type News = { readonly wants: true } | { readonly out: Uint8Array };

/**
 * One thing is told at a time, though reading and writing go on side by side. What unpacks a whole chunk in one go lets no timer
 * look at its memory, so each piece that comes out does.
 */
const WORK = `
  let line = Promise.resolve();
  const say = (news) => {
    const said = line.then(() => tell(news));
    line = said;
    return said;
  };
  const next = async () => new Uint8Array(await say({ wants: true }));
  const ways = {
    async xz() {
      const { XzReadableStream } = require('xz-decompress');
      const packed = new ReadableStream({
        async pull(controller) {
          const bytes = await next();
          if (bytes.length > 0) controller.enqueue(bytes);
          else controller.close();
        },
      });
      for await (const out of new XzReadableStream(packed)) await say({ out });
    },
    async zstd() {
      const { Decompress } = require('fzstd');
      let unpacked = [];
      const stream = new Decompress((bytes) => { watchMemory(); unpacked.push(bytes); });
      for (;;) {
        const bytes = await next();
        stream.push(bytes, bytes.length === 0);
        for (const out of unpacked) await say({ out });
        unpacked = [];
        if (bytes.length === 0) return;
      }
    },
    async bzip2() {
      const bzip2 = require('unbzip2-stream/lib/bzip2');
      const waiting = [];
      let read = 0;
      const more = async () => {
        const bytes = await next();
        if (bytes.length > 0) waiting.push(bytes);
        read += bytes.length;
        return bytes.length > 0;
      };
      if (!await more()) return;
      const bits = require('unbzip2-stream/lib/bit_iterator')(() => waiting.shift());
      let [level, checksum, room, hasMore] = [0, null, null, true];
      for (;;) {
        // A block is unpacked in one go, so all of it must be there; packed, it is never much longer than its level.
        while (hasMore && read - bits.bytesRead < 25_000 + 100_000 * level) hasMore = await more();
        if (read <= bits.bytesRead) break;
        if (level === 0) {
          [level, checksum] = [bzip2.header(bits), 0];
          room = new Int32Array(100_000 * level);
          continue;
        }
        let [piece, filled] = [new Uint8Array(${PIECE_BYTES}), 0];
        const pieces = [piece];
        checksum = bzip2.decompress(bits, (byte) => {
          if (filled === piece.length) {
            pieces.push(piece = new Uint8Array(${PIECE_BYTES}));
            filled = 0;
          }
          piece[filled++] = byte;
        }, room, room.length, checksum);
        if (checksum === null) level = 0;
        pieces[pieces.length - 1] = piece.slice(0, filled);
        for (const out of pieces) if (out.length > 0) await say({ out });
        watchMemory();
      }
      if (checksum !== null) throw new Error('It ends too early.');
    },
  };
  await ways[request.compression]();
  return null;
`;

const isolate = createIsolate<{ readonly compression: Compression }, null, News>({
  work: WORK,
  memoryBytes: MEMORY_BYTES,
});

const NOTHING = new Uint8Array(0);

/** Flags of an xz stream behind its magic number: which checksum its blocks carry. SHA-256 is one that the reader does not know. */
const XZ_CHECK = { at: 7, sha256: 0x0a } as const;

/** Looks at each chunk until the flags have come by. */
const createXzCheck = () => {
  let seen = 0;
  return (chunk: Uint8Array): void => {
    if (seen <= XZ_CHECK.at && chunk[XZ_CHECK.at - seen] === XZ_CHECK.sha256) {
      throw new NonRetryableError('unsupported', { detail: 'Its checksums are SHA-256.' });
    }
    seen += chunk.length;
  };
};

const asUnpackFailure = (error: unknown): unknown =>
  error instanceof WorkError && !/cannot find module/i.test(error.message)
    ? new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.', cause: error })
    : error;

/**
 * Calls `onBytes` with what the object holds, piece by piece; what it throws ends the work.
 * @throws NonRetryableError `corrupt`, or `over_budget` when unpacking takes too much memory.
 */
export const unpack = async (
  compression: Compression,
  input: ProcessorInput,
  onBytes: (bytes: Uint8Array) => void,
): Promise<void> => {
  const chunks = chunksOf(input);
  const check = compression === 'xz' ? createXzCheck() : undefined;
  const checksums = compression === 'zstd' ? await createZstdChecksums() : undefined;
  const onTold = async (news: News): Promise<Uint8Array | undefined> => {
    if ('wants' in news) {
      const chunk = (await chunks.next()).value ?? NOTHING;
      check?.(chunk);
      checksums?.onPacked(chunk);
      return chunk;
    }
    checksums?.onBlock(news.out);
    onBytes(news.out);
    return undefined;
  };
  try {
    await isolate.ask({ compression }, { signal: input.signal, onTold });
  } catch (error) {
    throw asUnpackFailure(error);
  } finally {
    await chunks.return(undefined);
  }
};
