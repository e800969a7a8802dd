/** Multipart uploads until they are completed: create, parts, abort. */
import { rm } from 'node:fs/promises';
import { readAttributes } from '../attributes.ts';
import { assertStorableLength, type Body } from '../body.ts';
import { type Operation, quoted, type S3Call } from '../call.ts';
import {
  type ChecksumAlgorithm,
  checksumElement,
  checksumHeader,
  readAlgorithm,
  type StoredChecksum,
} from '../checksums.ts';
import { invalidArgument, invalidRequest } from '../errors.ts';
import { readRange } from '../ranges.ts';
import { receiveToFile } from '../receive-body.ts';
import { emptyResponse, xmlResponse } from '../response.ts';
import { type Multipart, noSuchUpload, type Part } from '../store/multipart-store.ts';
import { tag, xmlDocument } from '../xml.ts';
import { readCopySource, sourceVersionHeader } from './copy-object.ts';
import { openVersion } from './read-object.ts';

export const MAX_PARTS = 10_000;

const readChecksumType = (
  algorithm: ChecksumAlgorithm | undefined,
  type: string | undefined,
): StoredChecksum['type'] | undefined => {
  if (algorithm === undefined) return undefined;
  if (type === undefined || type === 'COMPOSITE') return 'COMPOSITE';
  // Only a CRC can be computed for the whole from what S3 knows of the parts.
  if (type !== 'FULL_OBJECT' || algorithm.startsWith('SHA')) {
    throw invalidRequest(
      `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
    );
  }
  return type;
};

export const createMultipartUpload: Operation = async ({
  store,
  multipart,
  bucket,
  key,
  headers,
}) => {
  store.bucket(bucket);
  const asked = headers.get('x-amz-checksum-algorithm');
  const algorithm = asked === undefined ? undefined : readAlgorithm(asked);
  const checksumType = readChecksumType(algorithm, headers.get('x-amz-checksum-type'));
  const attributes = readAttributes(headers);
  const upload = await multipart.create({ bucket, key, algorithm, checksumType, ...attributes });
  return xmlResponse(
    xmlDocument('InitiateMultipartUploadResult', [
      tag('Bucket', bucket),
      tag('Key', key),
      tag('UploadId', upload.uploadId),
    ]),
    {
      'x-amz-server-side-encryption': 'AES256',
      ...(algorithm && { 'x-amz-checksum-algorithm': algorithm }),
      ...(checksumType && { 'x-amz-checksum-type': checksumType }),
    },
  );
};

/** The open upload a request names. Throws NoSuchBucket or NoSuchUpload. */
export const findUpload = ({ store, multipart, bucket, key, request }: S3Call): Multipart => {
  store.bucket(bucket);
  return multipart.find(bucket, key, request.query.get('uploadId') ?? '');
};

/** An upload that still gathers parts: a completed one is found again only by whoever completes it again. */
export const findUnfinished = (call: S3Call): Multipart => {
  const upload = findUpload(call);
  if (upload.completion !== undefined) throw noSuchUpload(upload.uploadId);
  return upload;
};

const readPartNumber = ({ request }: S3Call): number => {
  const partNumber = Number(request.query.get('partNumber'));
  if (!Number.isInteger(partNumber) || partNumber < 1 || partNumber > MAX_PARTS) {
    throw invalidArgument(`Part number must be an integer between 1 and ${MAX_PARTS}, inclusive`, {
      ArgumentName: 'partNumber',
      ArgumentValue: request.query.get('partNumber') ?? '',
    });
  }
  return partNumber;
};

const receivePart = async (call: S3Call, upload: Multipart, body: Body): Promise<Part> => {
  const { store, multipart } = call;
  const partNumber = readPartNumber(call);
  const bodyPath = store.files.temporary();
  const compute = upload.algorithm;
  const { size, md5, checksum } = await receiveToFile({ body, path: bodyPath, compute });
  try {
    return await multipart.exclusively(upload.uploadId, async () => {
      // The upload may have been completed or aborted while its part came in.
      const still = findUnfinished(call);
      return await multipart.putPart(still, { partNumber, size, etag: md5, checksum, bodyPath });
    });
  } finally {
    await rm(bodyPath, { force: true });
  }
};

export const uploadPart: Operation = async (call) => {
  const upload = findUnfinished(call);
  const body = call.body();
  assertStorableLength(body);
  const declared = body.claims.checksum?.algorithm;
  if (declared && upload.algorithm && declared !== upload.algorithm) {
    throw invalidRequest(
      `Checksum Type mismatch occurred, expected checksum Type: ${upload.algorithm.toLowerCase()}, actual checksum Type: ${declared.toLowerCase()}`,
    );
  }
  const { etag, checksum } = await receivePart(call, upload, body);
  return emptyResponse(200, {
    etag: quoted(etag),
    'x-amz-server-side-encryption': 'AES256',
    ...(checksum && { [checksumHeader(checksum.algorithm)]: checksum.value }),
  });
};

export const uploadPartCopy: Operation = async (call) => {
  const upload = findUnfinished(call);
  const source = readCopySource(call);
  const asked = call.headers.get('x-amz-copy-source-range');
  const range = readRange(asked, source.version.size);
  if (asked !== undefined && range === undefined) {
    throw invalidArgument('The x-amz-copy-source-range value must be of the form bytes=first-last');
  }
  const file = await openVersion(call.store, source.bucket, source.version);
  const chunks = file.createReadStream({ ...range, autoClose: true });
  const part = await receivePart(call, upload, { chunks, trailers: new Map(), claims: {} });
  return xmlResponse(
    xmlDocument('CopyPartResult', [
      tag('ETag', quoted(part.etag)),
      tag('LastModified', new Date(part.lastModified).toISOString()),
      part.checksum && tag(checksumElement(part.checksum.algorithm), part.checksum.value),
    ]),
    sourceVersionHeader(call, source),
  );
};

export const abortMultipartUpload: Operation = async (call) => {
  const { multipart, request } = call;
  await multipart.exclusively(request.query.get('uploadId') ?? '', async () => {
    const upload = findUpload(call);
    // What is completed is an object; there is nothing left to abort.
    if (upload.completion === undefined) await multipart.abort(upload);
  });
  return emptyResponse(204);
};
