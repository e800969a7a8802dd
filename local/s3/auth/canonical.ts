/** AWS Signature Version 4: canonical request, string to sign, signing key. */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { S3Request } from '../request.ts';

export const ALGORITHM = 'AWS4-HMAC-SHA256';

export interface CredentialScope {
  readonly accessKeyId: string;
  /** yyyymmdd */
  readonly day: string;
  readonly region: string;
  readonly service: string;
  readonly terminator: string;
}

export const sha256Hex = (bytes: string | Uint8Array): string =>
  createHash('sha256').update(bytes).digest('hex');

export const hmac = (key: string | Uint8Array, text: string): Buffer =>
  createHmac('sha256', key).update(text).digest();

export const readScope = (credential: string): CredentialScope | undefined => {
  const parts = credential.split('/');
  const [terminator, service, region, day] = parts.toReversed();
  const accessKeyId = parts.slice(0, -4).join('/');
  if (!terminator || !service || !region || !day || accessKeyId === '') return undefined;
  return { accessKeyId, day, region, service, terminator };
};

export const scopeText = ({ day, region, service, terminator }: CredentialScope): string =>
  `${day}/${region}/${service}/${terminator}`;

export const signingKey = (secret: string, scope: CredentialScope): Buffer =>
  [scope.region, scope.service, scope.terminator].reduce<Buffer>(
    hmac,
    hmac(`AWS4${secret}`, scope.day),
  );

/** Compares in constant time; a signature of the wrong length is simply not equal. */
export const sameSignature = (one: string, other: string): boolean => {
  const [left, right] = [Buffer.from(one), Buffer.from(other)];
  return left.length === right.length && timingSafeEqual(left, right);
};

const uriEncode = (text: string): string =>
  encodeURIComponent(text).replaceAll(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );

const byCodeUnit = (one: string, other: string): number => (one < other ? -1 : one > other ? 1 : 0);

const canonicalQuery = (pairs: S3Request['queryPairs']): string =>
  pairs
    .filter(([name]) => name !== 'X-Amz-Signature')
    .map(([name, value]) => [uriEncode(name), uriEncode(value)] as const)
    .sort((one, other) => byCodeUnit(one[0], other[0]) || byCodeUnit(one[1], other[1]))
    .map((pair) => pair.join('='))
    .join('&');

interface Signable {
  readonly request: S3Request;
  readonly signedHeaders: readonly string[];
  readonly payloadHash: string;
}

const canonicalRequest = ({ request, signedHeaders, payloadHash }: Signable): string => {
  const headerLines = signedHeaders.map((name) => {
    const value = request.headers.get(name) ?? '';
    return `${name}:${value.trim().replaceAll(/\s+/g, ' ')}\n`;
  });
  return [
    request.method,
    // Unlike every other service, S3 encodes the path once and does not normalise it.
    request.path.split('/').map(uriEncode).join('/'),
    canonicalQuery(request.queryPairs),
    headerLines.join(''),
    signedHeaders.join(';'),
    payloadHash,
  ].join('\n');
};

/** The text whose HMAC is the signature of `signable`. `timestamp` is yyyymmddThhmmssZ. */
export const stringToSign = (
  signable: Signable,
  timestamp: string,
  scope: CredentialScope,
): string =>
  [ALGORITHM, timestamp, scopeText(scope), sha256Hex(canonicalRequest(signable))].join('\n');

/** Milliseconds since the epoch of a yyyymmddThhmmssZ, or undefined. */
export const readTimestamp = (timestamp: string): number | undefined => {
  const match = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(timestamp);
  if (match === null) return undefined;
  const [, year, month, day, hour, minute, second] = match;
  const at = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(at) ? undefined : at;
};
