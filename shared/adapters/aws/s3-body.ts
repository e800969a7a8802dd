/** Bodies of S3 answers: their failures in our words, their sockets given back. */
import { PassThrough, Readable } from 'node:stream';
import { RetryableError } from '../../domain/errors.ts';
import { abortable } from '../abortable.ts';
import { unavailable } from './sdk-errors.ts';

/** The SDK types a body for every platform; on Node it is a stream. */
export const readableOf = (body: unknown): Readable => {
  if (body instanceof Readable) return body;
  throw new RetryableError('storage_unavailable', { detail: 'The answer had no body.' });
};

/**
 * The same bytes, but a broken connection is RetryableError `storage_unavailable`, so that no reader takes
 * it for a damaged file; and whoever destroys this stream, or aborts, closes the socket behind it.
 */
export const guardBody = (body: Readable, signal: AbortSignal | undefined): Readable => {
  const guarded = new PassThrough();
  body.once('error', (error) => guarded.destroy(unavailable('storage_unavailable', error)));
  // A body that closes early without an error would leave its reader waiting.
  body.once('close', () => {
    if (!body.readableEnded) guarded.destroy(new RetryableError('storage_unavailable'));
  });
  guarded.once('close', () => body.destroy());
  body.pipe(guarded);
  return abortable(guarded, signal);
};

/** Reads at most `limit` bytes and lets go of the rest. */
export const readHead = async (body: Readable, limit: number): Promise<Uint8Array> => {
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      length += chunk.length;
      if (length >= limit) break;
    }
  } catch (error) {
    throw unavailable('storage_unavailable', error);
  } finally {
    body.destroy();
  }
  return Buffer.concat(chunks).subarray(0, limit);
};
