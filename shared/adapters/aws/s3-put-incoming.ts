/** Puts a stream into the uploads bucket: the whole of it, or nothing, and never over what is there. */
import type { Readable } from 'node:stream';
import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { joinSignals } from '../../ports/joined-signal.ts';
import type { IncomingTerms } from '../../ports/object-store.ts';
import { httpStatusOf, unavailable } from './sdk-errors.ts';

/** 409, for two at one instant, is left to the next attempt: only one of them will be there. */
const isTaken = (error: unknown): boolean => httpStatusOf(error) === 412;

export interface IncomingTarget {
  readonly bucket: string;
  readonly key: string;
}

/**
 * S3 keeps nothing of a body that ends before its announced length, so a body that fails has to break off the request: the SDK
 * pipes it and would wait for the rest for ever.
 */
export const putIncoming = async (
  client: S3Client,
  { bucket, key }: IncomingTarget,
  { body, size, type, signal }: IncomingTerms & { readonly body: Readable },
): Promise<boolean> => {
  const broken = new AbortController();
  let failure: unknown;
  body.once('error', (error) => {
    failure = error;
    broken.abort();
  });
  const command = new PutObjectCommand({
    Bucket: bucket,
    Key: key,
    Body: body,
    ContentLength: size,
    ContentType: type,
    IfNoneMatch: '*',
  });
  const ended = joinSignals(broken.signal, ...(signal === undefined ? [] : [signal]));
  try {
    await client.send(command, {
      abortSignal: ended.signal,
      // The answer comes only after the body, which takes as long as it takes; the signal bounds it.
      requestTimeout: 0,
    });
    return true;
  } catch (error) {
    if (failure !== undefined) throw unavailable('storage_unavailable', failure);
    signal?.throwIfAborted();
    if (isTaken(error)) return false;
    throw unavailable('storage_unavailable', error);
  } finally {
    ended.release();
    body.destroy();
  }
};
