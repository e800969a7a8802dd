/** GetObject and HeadObject. */
import { type FileHandle, open } from 'node:fs/promises';
import { versionHeaders } from '../attributes.ts';
import type { Operation, S3Call } from '../call.ts';
import { assertReadable } from '../conditions.ts';
import { invalidArgument, noSuchKey, notImplemented, S3Error } from '../errors.ts';
import { readRange } from '../ranges.ts';
import { emptyResponse, type S3Response } from '../response.ts';
import { isMissing } from '../store/files.ts';
import type { ObjectStore } from '../store/object-store.ts';
import type { ObjectVersion } from '../store/version-index.ts';

interface Wanted {
  readonly bucket: string;
  readonly key: string;
  readonly versionId: string | undefined;
}

const noSuchVersion = ({ key, versionId }: Wanted) =>
  new S3Error({
    code: 'NoSuchVersion',
    status: 404,
    message: 'The specified version does not exist.',
    fields: { Key: key, VersionId: versionId ?? '' },
  });

/** A marker has no bytes: asked for by its id that is the wrong method, asked for by key it is an absence. */
const markerError = (marker: ObjectVersion, byId: boolean): S3Error => {
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  if (!byId) return noSuchKey(marker.key, headers);
  return new S3Error({
    code: 'MethodNotAllowed',
    status: 405,
    message: 'The specified method is not allowed against this resource.',
    fields: { Method: 'GET', ResourceType: 'DeleteMarker' },
    headers: {
      ...headers,
      allow: 'DELETE',
      'last-modified': new Date(marker.lastModified).toUTCString(),
    },
  });
};

/** The version a read is about. Throws NoSuchBucket, NoSuchKey, NoSuchVersion or MethodNotAllowed. */
export const findReadable = (store: ObjectStore, wanted: Wanted): ObjectVersion => {
  const { bucket, key, versionId } = wanted;
  if (versionId === '') throw invalidArgument('Version id cannot be the empty string');
  const version =
    versionId === undefined ? store.current(bucket, key) : store.find(bucket, key, versionId);
  if (version === undefined) throw versionId ? noSuchVersion(wanted) : noSuchKey(key);
  if (version.deleteMarker) throw markerError(version, versionId !== undefined);
  return version;
};

const overridable = [
  'content-type',
  'content-language',
  'expires',
  'cache-control',
  'content-disposition',
  'content-encoding',
] as const;

const overrides = ({ request }: S3Call): Record<string, string> => {
  const headers: Record<string, string> = {};
  for (const name of overridable) {
    const value = request.query.get(`response-${name}`);
    if (value !== undefined) headers[name] = value;
  }
  return headers;
};

/** Opened before anything is sent, so a version removed meanwhile is a clean 404 and an open one reads on. */
export const openVersion = async (
  store: ObjectStore,
  bucket: string,
  version: ObjectVersion,
): Promise<FileHandle> => {
  try {
    return await open(store.files.bodyFile(bucket, version.sequencer), 'r');
  } catch (error) {
    if (isMissing(error)) throw noSuchKey(version.key);
    throw error;
  }
};

const describe = (call: S3Call, version: ObjectVersion) => {
  const { headers, request, store, bucket } = call;
  assertReadable(version, headers);
  if (request.query.has('partNumber')) throw notImplemented('reading by partNumber');
  const range = readRange(headers.get('range'), version.size);
  const length = range === undefined ? version.size : range.end - range.start + 1;
  const all = versionHeaders(version, {
    versioned: store.bucket(bucket).versioning !== 'Off',
    // A checksum is of the whole object and would make a reader of a part fail.
    withChecksum: range === undefined && headers.get('x-amz-checksum-mode') === 'ENABLED',
  });
  const answer: Omit<S3Response, 'body'> = {
    status: range === undefined ? 200 : 206,
    headers: {
      ...all,
      ...overrides(call),
      'content-length': String(length),
      ...(range && { 'content-range': `bytes ${range.start}-${range.end}/${version.size}` }),
    },
  };
  return { answer, range, length };
};

const wantedBy = ({ bucket, key, request }: S3Call): Wanted => ({
  bucket,
  key,
  versionId: request.query.get('versionId'),
});

export const getObject: Operation = async (call) => {
  const { store, bucket } = call;
  const version = findReadable(store, wantedBy(call));
  const { answer, range, length } = describe(call, version);
  const file = await openVersion(store, bucket, version);
  if (length === 0) {
    await file.close();
    return emptyResponse(answer.status, { ...answer.headers });
  }
  return { ...answer, body: file.createReadStream({ ...range, autoClose: true }) };
};

export const headObject: Operation = async (call) => {
  const version = findReadable(call.store, wantedBy(call));
  return describe(call, version).answer;
};
