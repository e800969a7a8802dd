/** A file as a stream whose chunks share a few pieces of memory: what `fs` allocates for each chunk is not what is measured. */
import { closeSync, openSync, read } from 'node:fs';
import { Readable } from 'node:stream';

const CHUNK_BYTES = 512 * 1024;
/** A stream holds one chunk, its reader another, and one is being read into. */
const PIECES = 4;

/** A chunk stays as it is until three more were read. */
export const pooledFile = (path: string): Readable => {
  const pieces = Array.from({ length: PIECES }, () => Buffer.allocUnsafeSlow(CHUNK_BYTES));
  const file = openSync(path, 'r');
  let next = 0;
  return new Readable({
    highWaterMark: 1,
    read() {
      const piece = pieces[next % PIECES];
      next += 1;
      if (piece === undefined) throw new Error('There are no pieces.');
      read(file, piece, 0, CHUNK_BYTES, null, (error, bytes) => {
        if (error === null) this.push(bytes === 0 ? null : piece.subarray(0, bytes));
        else this.destroy(error);
      });
    },
    destroy(error, done) {
      closeSync(file);
      done(error);
    },
  });
};
