/** What is known of multipart uploads that are not completed: ListParts and ListMultipartUploads. */
import { type Operation, quoted } from '../call.ts';
import { checksumElement } from '../checksums.ts';
import { xmlResponse } from '../response.ts';
import { tag, xmlDocument } from '../xml.ts';
import { readLimit } from './key-listing.ts';
import { findUnfinished, MAX_PARTS } from './multipart-upload.ts';

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
