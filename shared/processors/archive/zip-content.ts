/** The content of one entry of a zip: found behind its local header by one ranged read, unpacked, never held whole. */
import { Readable } from 'node:stream';
import { createInflateRaw } from 'node:zlib';
import { NonRetryableError, PipelineError } from '../../domain/errors.ts';
import { chunksOf } from '../reading/read-whole.ts';
import type { EntryPlace, ZipInput } from './zip-directory.ts';

/** APPNOTE.TXT 4.3.7. */
export const LOCAL_HEADER = { signature: 0x04034b50, bytes: 30 } as const;
/** Its name and what else may follow it. */
const MOST_LENGTHS = 2 * 0xffff;
/** APPNOTE.TXT 4.4.5. */
const STORED = 0;
const DEFLATED = 8;

const corrupt = (detail: string, cause?: unknown): NonRetryableError =>
  new NonRetryableError('corrupt', { detail, cause });

export interface PackedEntry extends EntryPlace {
  readonly compressed: number;
  /** Offset of what comes behind it, where that is known: it is read no further. */
  readonly until?: number | undefined;
}

/** Whether it is packed in a way that can be unpacked here. */
export const isUnpackable = ({ method }: Pick<EntryPlace, 'method'>): boolean =>
  method === STORED || method === DEFLATED;

/** The bytes behind the local header, as they are packed: one read, whose first bytes say how long the header is. */
async function* packedBytes(file: ZipInput, entry: PackedEntry): AsyncGenerator<Uint8Array> {
  const { offset, compressed, until = file.source.size } = entry;
  const end = Math.min(offset + LOCAL_HEADER.bytes + MOST_LENGTHS + compressed, until);
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

/**
 * The unpacked bytes of an entry that `isUnpackable`; how many there may be is for the caller to bound.
 * @throws NonRetryableError `corrupt`.
 */
export const contentOf = (file: ZipInput, entry: PackedEntry): AsyncGenerator<Uint8Array> => {
  const packed = packedBytes(file, entry);
  return entry.method === STORED ? packed : inflated(packed);
};
