/** A file of this machine as the client takes it. For Node: nothing else of the client needs anything but `fetch`. */
import { createHash } from 'node:crypto';
import { createReadStream, openAsBlob } from 'node:fs';
import { basename } from 'node:path';
import { pipeline } from 'node:stream/promises';

export interface LocalFile {
  readonly file: Blob;
  readonly name: string;
  /** Of the bytes as they were read: other ones are refused on arrival. */
  readonly sha256: string;
}

/** Reads the file once for its digest; its bytes are read again when they are sent. */
export const openLocalFile = async (path: string, name = basename(path)): Promise<LocalFile> => {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { file: await openAsBlob(path), name, sha256: hash.digest('hex') };
};
