/** An Office document as what it is: a zip of XML parts that name each other. */
import { posix } from 'node:path';
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { NonRetryableError, PipelineError } from '../../domain/errors.ts';
import { type EntryPlace, readZipDirectory, type ZipInput } from '../archive/zip-directory.ts';
import type { ProcessorInput } from '../processor.ts';
import { chunksOf } from '../reading/read-whole.ts';
import { throwIfStopped } from '../reading/stop.ts';

const MiB = 1024 ** 2;
/** XML that is unpacked of one document, over all parts. */
const MOST_XML = 256 * MiB;
/** Small parts may expand by any factor before it matters. */
const HARMLESS_BYTES = MiB;
const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
/** Its name and what else may follow it. */
const MOST_LENGTHS = 2 * 0xffff;
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

/** The bytes behind the local header, as they are packed: one read, whose first bytes say how long the header is. */
async function* contentOf(
  file: ZipInput,
  { offset, compressed }: Part,
): AsyncGenerator<Uint8Array> {
  const end = Math.min(offset + LOCAL_HEADER.bytes + MOST_LENGTHS + compressed, file.source.size);
  if (offset + LOCAL_HEADER.bytes > end) throw corrupt('A part is not where the directory says.');
  const open = () => file.open({ start: offset, end: end - 1 });
  let head: Buffer | undefined = Buffer.alloc(0);
  let [skip, left] = [0, compressed];
  for await (const chunk of chunksOf({ signal: file.signal, open })) {
    let bytes: Buffer = Buffer.from(chunk);
    if (head !== undefined) {
      head = Buffer.concat([head, bytes]);
      if (head.length < LOCAL_HEADER.bytes) continue;
      if (head.readUInt32LE(0) !== LOCAL_HEADER.signature) {
        throw corrupt('A part is not where the directory says.');
      }
      skip = LOCAL_HEADER.bytes + head.readUInt16LE(26) + head.readUInt16LE(28);
      bytes = head;
      head = undefined;
    }
    const content = bytes.subarray(skip, skip + left);
    skip = Math.max(0, skip - bytes.length);
    left -= content.length;
    if (content.length > 0) yield content;
    if (left === 0) return;
  }
  throw corrupt('A part is cut off.');
}

async function* inflated(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const packed = Readable.from(content, { objectMode: false });
  const inflate = createInflateRaw();
  packed.on('error', (error) => inflate.destroy(error));
  packed.pipe(inflate);
  try {
    for await (const chunk of inflate) yield chunk as Uint8Array;
  } catch (error) {
    throw error instanceof PipelineError ? error : corrupt('A part cannot be decompressed.', error);
  } finally {
    inflate.destroy();
    packed.destroy();
  }
}

/** Of a document that is held in memory. */
export const openPackage = (bytes: Buffer, input: ProcessorInput): Promise<OfficePackage> =>
  openPackageIn(inMemory(bytes, input.signal), input);

/** Of a document that stays where it is: its directory and each part that is asked for are read in ranges. */
export const openRangedPackage = (input: ProcessorInput): Promise<OfficePackage> =>
  openPackageIn(input, input);

/** Reads the directory; parts are unpacked one by one when they are asked for. */
const openPackageIn = async (
  file: ZipInput,
  { budget, signal }: ProcessorInput,
): Promise<OfficePackage> => {
  const parts = new Map<string, Part>();
  await readZipDirectory(file, (entry, place) => {
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
      const content = contentOf(file, part);
      let ofPart = 0;
      for await (const chunk of part.method === STORED ? content : inflated(content)) {
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
