/** CopyObject. */
import { readAttributes } from '../attributes.ts';
import { type Operation, quoted, type S3Call } from '../call.ts';
import { checksumElement, readAlgorithm } from '../checksums.ts';
import { assertReadable, readWriteCondition } from '../conditions.ts';
import { invalidArgument, invalidRequest, notImplemented } from '../errors.ts';
import { receiveToFile } from '../receive-body.ts';
import { xmlResponse } from '../response.ts';
import type { ObjectVersion } from '../store/version-index.ts';
import { tag, xmlDocument } from '../xml.ts';
import { announceCreated, createdHeaders } from './put-object.ts';
import { findReadable, openVersion } from './read-object.ts';

export interface CopySource {
  readonly bucket: string;
  readonly version: ObjectVersion;
}

/** The version `x-amz-copy-source` names, its conditions checked. */
export const readCopySource = ({ store, headers }: S3Call): CopySource => {
  const source = headers.get('x-amz-copy-source') ?? '';
  const [path = '', versionId] = source.replace(/^\//, '').split('?versionId=');
  const slash = path.indexOf('/');
  if (slash < 1) {
    throw invalidArgument(
      'Copy Source must mention the source bucket and key: sourcebucket/sourcekey',
    );
  }
  let key: string;
  try {
    key = decodeURIComponent(path.slice(slash + 1).replaceAll('+', ' '));
  } catch {
    throw invalidArgument('Invalid copy source encoding.');
  }
  const bucket = path.slice(0, slash);
  const version = findReadable(store, { bucket, key, versionId });
  assertReadable(version, headers, 'x-amz-copy-source-');
  return { bucket, version };
};

export const sourceVersionHeader = (
  { store }: S3Call,
  { bucket, version }: CopySource,
): Record<string, string> =>
  store.bucket(bucket).versioning === 'Off'
    ? {}
    : { 'x-amz-copy-source-version-id': version.versionId };

const readDirective = (headers: ReadonlyMap<string, string>): 'COPY' | 'REPLACE' => {
  const directive = headers.get('x-amz-metadata-directive') ?? 'COPY';
  if (directive !== 'COPY' && directive !== 'REPLACE') {
    throw invalidArgument('Unknown metadata directive.');
  }
  if (headers.get('x-amz-tagging-directive') === 'REPLACE') throw notImplemented('tagging');
  return directive;
};

export const copyObject: Operation = async (call) => {
  const { store, bucket, key, headers } = call;
  store.bucket(bucket);
  const source = readCopySource(call);
  const directive = readDirective(headers);
  const attributes = readAttributes(headers);
  const itself = source.bucket === bucket && source.version.key === key;
  if (itself && directive === 'COPY' && store.current(bucket, key) === source.version) {
    throw invalidRequest(
      "This copy request is illegal because it is trying to copy an object to itself without changing the object's metadata, storage class, website redirect location or encryption attributes.",
    );
  }
  const asked = headers.get('x-amz-checksum-algorithm');
  const file = await openVersion(store, source.bucket, source.version);
  const bodyPath = store.files.temporary();
  const { size, md5, checksum } = await receiveToFile({
    body: {
      chunks: file.createReadStream({ autoClose: true }),
      trailers: new Map(),
      claims: { bytes: source.version.size },
    },
    path: bodyPath,
    compute: asked === undefined ? source.version.checksum?.algorithm : readAlgorithm(asked),
  });
  const kept = directive === 'COPY' ? source.version : attributes;
  const version = await store.put({
    bucket,
    key,
    bodyPath,
    size,
    etag: md5,
    checksum,
    condition: readWriteCondition(headers, key),
    headers: kept.headers,
    metadata: kept.metadata,
  });
  announceCreated(call, 'ObjectCreated:Copy', version);
  const { etag: _, ...answerHeaders } = createdHeaders(call, version);
  return xmlResponse(
    xmlDocument('CopyObjectResult', [
      tag('ETag', quoted(version.etag)),
      tag('LastModified', new Date(version.lastModified).toISOString()),
      checksum && tag(checksumElement(checksum.algorithm), checksum.value),
      checksum && tag('ChecksumType', checksum.type),
    ]),
    { ...answerHeaders, ...sourceVersionHeader(call, source) },
  );
};
