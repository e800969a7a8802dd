/** A file of this machine as the client takes it. For Node: nothing else of the client needs anything but `fetch`. */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { openFile } from './file-range.ts';

export interface LocalFile {
  readonly file: Blob;
  readonly name: string;
  /** Of the bytes as they were read: other ones are refused. Absent for a file that nobody there would hold against it. */
  readonly sha256?: string;
}

/** What the step `sha256-digest` reads. */
const MOST_CHECKED_BYTES = 10 * 1024 ** 3;

/** Reads the file once for its digest; its bytes are read again when they are sent. */
export const openLocalFile = async (path: string, name = basename(path)): Promise<LocalFile> => {
  const file = await openFile(path);
  if (file.size > MOST_CHECKED_BYTES) return { file, name };
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { file, name, sha256: hash.digest('hex') };
};
