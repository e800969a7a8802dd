/** A file of this machine as a Blob, also one that is larger than Node's own can be: they count in 32 bits, and silently so. */
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { arrayBuffer, text } from 'node:stream/consumers';

/** Larger ones are said not to work, and those of 4 GiB and more are short of them: https://github.com/nodejs/node/issues/52585. */
const MOST_BYTES_OF_A_BLOB = 2 ** 31 - 1;

interface FileRange {
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
const openFileRange = (range: FileRange): Blob => {
  const size = range.end - range.start;
  if (size === 0) return new Blob([]);
  const bytes = () => Readable.from(read(range), { objectMode: false });
  // As of every Blob: what is negative counts from the end.
  const placeOf = (at: number) =>
    range.start + Math.min(at < 0 ? Math.max(0, size + at) : at, size);
  const slice = (from = 0, to = size) => {
    const start = placeOf(from);
    return openFileRange({ ...range, start, end: Math.max(start, placeOf(to)) });
  };
  return Object.defineProperties(new Blob([]), {
    size: { value: size },
    slice: { value: slice },
    stream: { value: () => Readable.toWeb(bytes()) },
    text: { value: () => text(bytes()) },
    arrayBuffer: { value: () => arrayBuffer(bytes()) },
  });
};

/** A Blob of Node's own where one can be; a larger file goes in parts only. */
export const openFile = async (path: string): Promise<Blob> => {
  const { size, mtimeMs } = await stat(path);
  return size > MOST_BYTES_OF_A_BLOB
    ? openFileRange({ path, modifiedMs: mtimeMs, start: 0, end: size })
    : openAsBlob(path);
};
