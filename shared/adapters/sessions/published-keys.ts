/** The keys that an issuer publishes (a JWKS): fetched from one configured address, and kept. */
import {
  createRemoteJWKSet,
  customFetch,
  type FetchImplementation,
  type JWTVerifyGetKey,
} from 'jose';
import { RetryableError } from '../../domain/errors.ts';
import type { Clock } from '../../ports/clock.ts';

/** A key that was taken out there counts here for so long at most, and a token read with it five minutes more. */
const KEPT_MS = 10 * 60_000;
/** An unknown key id may be a new key, or a guess: the address is asked no more often than this for such. */
const COOL_DOWN_MS = 30_000;
/** After a failure nobody asks again for this long; requests meanwhile are told to come back. */
const FAILED_MS = 5_000;
const TIMEOUT_MS = 2_000;
/** A set of a dozen RSA keys with certificates has some 30 KB. */
const MAX_BYTES = 256 * 1024;

const unavailable = (cause: unknown): RetryableError =>
  new RetryableError('issuer_unavailable', { cause });

/** The body of an answer, if it is not too long. */
const boundedBody = async ({ body }: Response): Promise<Uint8Array<ArrayBuffer>> => {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of body ?? []) {
    length += chunk.byteLength;
    if (length > MAX_BYTES) throw new Error(`The keys have more than ${MAX_BYTES} bytes.`);
    chunks.push(chunk);
  }
  return new Uint8Array(Buffer.concat(chunks));
};

/** Follows no redirect, reads no more than it must, and leaves an address that failed alone for a while. */
const createCarefulFetch = (clock: Clock): FetchImplementation => {
  let failedAt = Number.NEGATIVE_INFINITY;
  return async (url, init) => {
    if (clock.now() - failedAt < FAILED_MS) throw unavailable(new Error('It failed just now.'));
    try {
      const answer = await fetch(url, { ...init, redirect: 'error' });
      if (answer.status !== 200) throw new Error(`The address of the keys said ${answer.status}.`);
      const text = new TextDecoder().decode(await boundedBody(answer));
      return Response.json(JSON.parse(text));
    } catch (error) {
      failedAt = clock.now();
      throw unavailable(error);
    }
  };
};

/** @param url from the configuration and nowhere else: nothing that a token says is ever fetched. */
export const createPublishedKeys = (
  url: string,
  clock: Clock,
  timeoutMs = TIMEOUT_MS,
): JWTVerifyGetKey =>
  createRemoteJWKSet(new URL(url), {
    cacheMaxAge: KEPT_MS,
    cooldownDuration: COOL_DOWN_MS,
    timeoutDuration: timeoutMs,
    [customFetch]: createCarefulFetch(clock),
  });
