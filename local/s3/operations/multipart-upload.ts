/** Multipart uploads until they are completed: create, parts, list, abort. */
import { rm } from 'node:fs/promises';
import { readAttributes } from '../attributes.ts';
import { assertStorableLength, type Body, receiveToFile } from '../body.ts';
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
import { emptyResponse, xmlResponse } from '../response.ts';
import { type Multipart, noSuchUpload, type Part } from '../store/multipart-store.ts';
import { tag, xmlDocument } from '../xml.ts';
import { readCopySource, sourceVersionHeader } from './copy-object.ts';
import { readLimit } from './list-objects.ts';
import { openVersion } from './read-object.ts';

const MAX_PARTS = 10_000;

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
const findUnfinished = (call: S3Call): Multipart => {
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

export const listParts: Operation = async (call) => {
  const upload = findUnfinished(call);
  const marker = readLimit(call, 'part-number-marker', MAX_PARTS);
  const from = call.request.query.has('part-number-marker') ? marker : 0;
  const limit = readLimit(call, 'max-parts');
  const after = call.multipart.parts(upload).filter(({ partNumber }) => partNumber > from);
  const page = after.slice(0, limit);
  return xmlResponse(
    xmlDocument('ListPartsResult', [
      tag('Bucket', call.bucket),
      tag('Key', call.key),
      tag('UploadId', upload.uploadId),
      tag('PartNumberMarker', from),
      tag('NextPartNumberMarker', page.at(-1)?.partNumber ?? from),
      tag('MaxParts', limit),
      tag('IsTruncated', after.length > page.length),
      tag('ChecksumAlgorithm', upload.algorithm),
      tag('ChecksumType', upload.checksumType),
      page.map(({ partNumber, lastModified, etag, size, checksum }) =>
        tag('Part', [
          tag('PartNumber', partNumber),
          tag('LastModified', new Date(lastModified).toISOString()),
          tag('ETag', quoted(etag)),
          tag('Size', size),
          checksum && tag(checksumElement(checksum.algorithm), checksum.value),
        ]),
      ),
    ]),
  );
};

export const listMultipartUploads: Operation = async (call) => {
  const { store, multipart, bucket, request } = call;
  store.bucket(bucket);
  const prefix = request.query.get('prefix') ?? '';
  const keyMarker = request.query.get('key-marker') ?? '';
  const idMarker = request.query.get('upload-id-marker');
  const limit = readLimit(call, 'max-uploads');
  const open = multipart.list(bucket).filter(({ key }) => key.startsWith(prefix));
  const atMarker = open.findIndex((one) => one.key === keyMarker && one.uploadId === idMarker);
  const after =
    atMarker >= 0 ? open.slice(atMarker + 1) : open.filter(({ key }) => key > keyMarker);
  const page = after.slice(0, limit);
  const truncated = after.length > page.length;
  return xmlResponse(
    xmlDocument('ListMultipartUploadsResult', [
      tag('Bucket', bucket),
      tag('KeyMarker', keyMarker),
      tag('UploadIdMarker', idMarker ?? ''),
      tag('NextKeyMarker', truncated ? page.at(-1)?.key : undefined),
      tag('NextUploadIdMarker', truncated ? page.at(-1)?.uploadId : undefined),
      tag('Prefix', prefix),
      tag('MaxUploads', limit),
      tag('IsTruncated', truncated),
      page.map(({ key, uploadId, initiated, algorithm }) =>
        tag('Upload', [
          tag('Key', key),
          tag('UploadId', uploadId),
          tag('Initiated', new Date(initiated).toISOString()),
          tag('StorageClass', 'STANDARD'),
          tag('ChecksumAlgorithm', algorithm),
        ]),
      ),
    ]),
  );
};
