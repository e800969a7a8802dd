/** An Office document as what it is: a zip of XML parts that name each other. */
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { NonRetryableError, PipelineError } from '../../domain/errors.ts';
import { type EntryPlace, readZipDirectory } from '../archive/zip-directory.ts';
import type { ProcessorInput } from '../processor.ts';
import { throwIfStopped } from '../reading/stop.ts';

const MiB = 1024 ** 2;
/** XML that is unpacked of one document, over all parts. */
const MOST_XML = 256 * MiB;
/** Small parts may expand by any factor before it matters. */
const HARMLESS_BYTES = MiB;
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
const STORED = 0;
const DEFLATED = 8;

const corrupt = (detail: string, cause?: unknown): NonRetryableError =>
  new NonRetryableError('corrupt', { detail, cause });

interface Part extends EntryPlace {
  readonly compressed: number;
  readonly encrypted: boolean;
}

export interface OfficePackage {
  readonly names: readonly string[];
  has(name: string): boolean;
  /**
   * The unpacked bytes of a part.
   * @throws NonRetryableError `corrupt`, `encrypted`, `over_budget`, `unsupported`.
   */
  open(name: string): AsyncGenerator<Uint8Array>;
}

/** The directory's input over bytes that are already here. */
const inMemory = (bytes: Buffer, signal: AbortSignal) => ({
  signal,
  source: { size: bytes.length },
  open: async ({ start, end } = { start: 0, end: bytes.length - 1 }) =>
    Readable.from([bytes.subarray(start, end + 1)]),
});

const contentOf = (bytes: Buffer, { offset, compressed }: Part): Buffer => {
  const isHere = offset + LOCAL_HEADER.bytes <= bytes.length;
  if (!isHere || bytes.readUInt32LE(offset) !== LOCAL_HEADER.signature) {
    throw corrupt('A part is not where the directory says.');
  }
  const lengths = bytes.readUInt16LE(offset + 26) + bytes.readUInt16LE(offset + 28);
  const start = offset + LOCAL_HEADER.bytes + lengths;
  if (start + compressed > bytes.length) throw corrupt('A part is cut off.');
  return bytes.subarray(start, start + compressed);
};

async function* inflated(content: Buffer): AsyncGenerator<Uint8Array> {
  const inflate = createInflateRaw();
  inflate.end(content);
  try {
    for await (const chunk of inflate) yield chunk as Uint8Array;
  } catch (error) {
    throw error instanceof PipelineError ? error : corrupt('A part cannot be decompressed.', error);
  } finally {
    inflate.destroy();
  }
}

/** Reads the directory; parts are unpacked one by one when they are asked for. */
export const openPackage = async (
  bytes: Buffer,
  { budget, signal }: ProcessorInput,
): Promise<OfficePackage> => {
  const parts = new Map<string, Part>();
  await readZipDirectory(inMemory(bytes, signal), (entry, place) => {
    budget.spend('entries', 1);
    const { name, compressed, encrypted } = entry;
    parts.set(name, { ...place, compressed: compressed ?? 0, encrypted });
  });
  let unpacked = 0;
  const count = (part: Part, ofPart: number, chunkBytes: number): void => {
    unpacked += chunkBytes;
    if (unpacked > MOST_XML) {
      throw new NonRetryableError('over_budget', { detail: `The limit is ${MOST_XML} bytes.` });
    }
    if (ofPart > HARMLESS_BYTES) budget.reach('expansion', ofPart / Math.max(part.compressed, 1));
  };

  return {
    names: [...parts.keys()],
    has: (name) => parts.has(name),
    async *open(name) {
      const part = parts.get(name);
      if (part === undefined) throw corrupt('A part is missing.');
      if (part.encrypted) throw new NonRetryableError('encrypted');
      if (part.method !== STORED && part.method !== DEFLATED) {
        throw new NonRetryableError('unsupported');
      }
      const content = contentOf(bytes, part);
      let ofPart = 0;
      for await (const chunk of part.method === STORED ? [content] : inflated(content)) {
        throwIfStopped(signal);
        ofPart += chunk.length;
        count(part, ofPart, chunk.length);
        yield chunk;
      }
    },
  };
};

/** Where a target named in a part lies in the package. */
export const resolveTarget = (from: string, target: string): string =>
  target.startsWith('/') ? target.slice(1) : posix.join(posix.dirname(from), target);

/** The part that holds the references of another. */
export const relationsOf = (name: string): string =>
  `${posix.dirname(name)}/_rels/${posix.basename(name)}.rels`;
