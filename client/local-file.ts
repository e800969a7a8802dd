/** A file of this machine as the client takes it. For Node: nothing else of the client needs anything but `fetch`. */
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { MOST_BYTES_OF_A_BLOB, openFileRange } from './file-range.ts';

export interface LocalFile {
  readonly file: Blob;
  readonly name: string;
  /** Of the bytes as they were read: other ones are refused. Absent for a file that nobody there would hold against it. */
  readonly sha256?: string;
}

/** What the step `sha256-digest` reads. */
const MOST_CHECKED_BYTES = 10 * 1024 ** 3;

/** Of any size; a Blob of Node's own where one can be. */
const openFile = async (path: string): Promise<Blob> => {
  const { size, mtimeMs } = await stat(path);
  return size > MOST_BYTES_OF_A_BLOB
    ? openFileRange({ path, modifiedMs: mtimeMs, start: 0, end: size })
    : openAsBlob(path);
};

/** Reads the file once for its digest; its bytes are read again when they are sent. */
export const openLocalFile = async (path: string, name = basename(path)): Promise<LocalFile> => {
  const file = await openFile(path);
  if (file.size > MOST_CHECKED_BYTES) return { file, name };
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { file, name, sha256: hash.digest('hex') };
};
