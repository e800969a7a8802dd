/** Bytes of a file of this machine, for files that are larger than a Blob of Node's can be: it counts in 32 bits, and silently so. */
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { arrayBuffer, text } from 'node:stream/consumers';

/** Of one byte more, Node (20 at least) makes a Blob of none. */
export const MOST_BYTES_OF_A_BLOB = 2 ** 32 - 1;

export interface FileRange {
  readonly path: string;
  /** Of the file when it was looked at; one that was changed since is not read. */
  readonly modifiedMs: number;
  readonly start: number;
  /** Behind the last byte. */
  readonly end: number;
}

const read = async function* ({ path, modifiedMs, start, end }: FileRange) {
  if ((await stat(path)).mtimeMs !== modifiedMs) throw new Error('The file was changed.');
  yield* createReadStream(path, { start, end: end - 1 });
};

/**
 * As `fetch` takes them, read while they are sent. They cannot go into a form: for that, Node asks the Blob that this is
 * built on for its bytes, and it has none.
 */
export const openFileRange = (range: FileRange): Blob => {
  const size = range.end - range.start;
  if (size === 0) return new Blob([]);
  const bytes = () => Readable.from(read(range), { objectMode: false });
  const slice = (from = 0, to = size) => {
    const [start, end] = [range.start + Math.min(from, size), range.start + Math.min(to, size)];
    return openFileRange({ ...range, start, end });
  };
  return Object.defineProperties(new Blob([]), {
    size: { value: size },
    slice: { value: slice },
    stream: { value: () => Readable.toWeb(bytes()) },
    text: { value: () => text(bytes()) },
    arrayBuffer: { value: () => arrayBuffer(bytes()) },
  });
};
