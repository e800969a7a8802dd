/** What arrived: the path-style target, query and headers of one request, decoded once. */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { S3Error } from './errors.ts';

export interface S3Request {
  readonly method: string;
  /** Decoded path; S3 neither collapses `//` nor resolves `..`, both are part of the key. */
  readonly path: string;
  readonly bucket: string | undefined;
  readonly key: string | undefined;
  readonly query: ReadonlyMap<string, string>;
  readonly queryPairs: readonly (readonly [string, string])[];
  /** Lower-case names; repeated headers joined by a comma, as SigV4 signs them. */
  readonly headers: ReadonlyMap<string, string>;
  readonly requestId: string;
  readonly hostId: string;
  readonly sourceIp: string;
  readonly incoming: IncomingMessage;
}

const decode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    throw new S3Error({
      code: 'InvalidURI',
      status: 400,
      message: "Couldn't parse the specified URI.",
    });
  }
};

const readQuery = (raw: string): [string, string][] =>
  raw
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.replaceAll('+', ' ').split('=');
      return [decode(name), decode(value.join('='))];
    });

const readHeaders = (rawHeaders: readonly string[]): Map<string, string> => {
  const headers = new Map<string, string>();
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const name = (rawHeaders[at] ?? '').toLowerCase();
    const value = rawHeaders[at + 1] ?? '';
    const earlier = headers.get(name);
    headers.set(name, earlier === undefined ? value : `${earlier},${value}`);
  }
  return headers;
};

export interface RequestIds {
  readonly requestId: string;
  readonly hostId: string;
}

export const newRequestIds = (): RequestIds => ({
  requestId: randomBytes(8).toString('hex').toUpperCase(),
  hostId: randomBytes(48).toString('base64'),
});

/** Reads the target of a path-style request. Throws InvalidURI for broken percent-encoding. */
export const readRequest = (incoming: IncomingMessage, ids: RequestIds): S3Request => {
  const url = incoming.url ?? '/';
  const mark = url.indexOf('?');
  const path = decode(mark < 0 ? url : url.slice(0, mark));
  const queryPairs = readQuery(mark < 0 ? '' : url.slice(mark + 1));
  const slash = path.indexOf('/', 1);
  const bucket = slash < 0 ? path.slice(1) : path.slice(1, slash);
  const key = slash < 0 ? '' : path.slice(slash + 1);
  if (Buffer.byteLength(key) > 1024) {
    throw new S3Error({
      code: 'KeyTooLongError',
      status: 400,
      message: 'Your key is too long',
      fields: { Size: String(Buffer.byteLength(key)), MaxSizeAllowed: '1024' },
    });
  }
  return {
    method: incoming.method ?? 'GET',
    path,
    bucket: bucket === '' ? undefined : bucket,
    key: key === '' ? undefined : key,
    query: new Map(queryPairs.toReversed()),
    queryPairs,
    headers: readHeaders(incoming.rawHeaders),
    ...ids,
    sourceIp: incoming.socket.remoteAddress ?? '127.0.0.1',
    incoming,
  };
};
