/** Conditional requests: when a read or a write goes ahead. */
import { noSuchKey, notImplemented, preconditionFailed, S3Error } from './errors.ts';
import type { ObjectVersion } from './store/version-index.ts';

type Headers = ReadonlyMap<string, string>;

const sameEtag = (header: string, { etag }: ObjectVersion): boolean =>
  header
    .split(',')
    .map((candidate) => candidate.trim().replace(/^W\//, '').replaceAll('"', ''))
    .some((candidate) => candidate === '*' || candidate === etag);

const notModified = (version: ObjectVersion) =>
  new S3Error({
    code: 'NotModified',
    status: 304,
    message: 'Not Modified',
    headers: {
      etag: `"${version.etag}"`,
      'last-modified': new Date(version.lastModified).toUTCString(),
    },
  });

/** HTTP dates have whole seconds. */
const wholeSeconds = (milliseconds: number): number => Math.floor(milliseconds / 1000) * 1000;

/**
 * Throws PreconditionFailed (412) or NotModified (304) in the precedence of RFC 9110 §13.2.2.
 * `prefix` is `x-amz-copy-source-` for the source of a copy, which never answers 304.
 */
export const assertReadable = (version: ObjectVersion, headers: Headers, prefix = ''): void => {
  const ifMatch = headers.get(`${prefix}if-match`);
  const ifNoneMatch = headers.get(`${prefix}if-none-match`);
  const unmodifiedSince = Date.parse(headers.get(`${prefix}if-unmodified-since`) ?? '');
  const modifiedSince = Date.parse(headers.get(`${prefix}if-modified-since`) ?? '');
  const changed = wholeSeconds(version.lastModified);
  const unchanged = () =>
    prefix === '' ? notModified(version) : preconditionFailed(`${prefix}If-None-Match`);

  if (ifMatch !== undefined) {
    if (!sameEtag(ifMatch, version)) throw preconditionFailed('If-Match');
  } else if (changed > unmodifiedSince) {
    throw preconditionFailed('If-Unmodified-Since');
  }
  if (ifNoneMatch !== undefined) {
    if (sameEtag(ifNoneMatch, version)) throw unchanged();
  } else if (changed <= modifiedSince) {
    throw unchanged();
  }
};

/** The condition a write puts on what is there now. Throws NotImplemented for forms AWS does not take. */
export const readWriteCondition = (headers: Headers, key: string) => {
  const ifMatch = headers.get('if-match');
  const ifNoneMatch = headers.get('if-none-match');
  if (ifNoneMatch !== undefined && ifNoneMatch !== '*') {
    throw notImplemented('If-None-Match other than * on a write');
  }
  return (current: ObjectVersion | undefined): void => {
    const existing = current?.deleteMarker === false ? current : undefined;
    if (ifNoneMatch !== undefined && existing !== undefined) {
      throw preconditionFailed('If-None-Match');
    }
    if (ifMatch === undefined) return;
    if (existing === undefined) throw noSuchKey(key);
    if (!sameEtag(ifMatch, existing)) throw preconditionFailed('If-Match');
  };
};
