/** CompleteMultipartUpload: checks the list of parts, joins them and makes the object visible. */
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import { MAX_DOCUMENT_BYTES, type Operation, quoted, required, type S3Call } from '../call.ts';
import {
  checksumElement,
  checksumHeader,
  createChecksum,
  type RunningChecksum,
  type StoredChecksum,
} from '../checksums.ts';
import { readWriteCondition } from '../conditions.ts';
import { badDigest, invalidRequest, malformedXml, S3Error } from '../errors.ts';
import { receiveText } from '../receive-body.ts';
import { type S3Response, xmlResponse } from '../response.ts';
import type { Completion, Multipart, Part } from '../store/multipart-store.ts';
import { childText, parseXml, tag, xmlDocument } from '../xml.ts';
import { findUpload } from './multipart-upload.ts';
import { announceCreated } from './put-object.ts';

/** Every part but the last: the AWS minimum. */
const MIN_PART_BYTES = 5 * 1024 ** 2;

interface AskedPart {
  readonly partNumber: number;
  readonly etag: string;
  readonly checksum: string | undefined;
}

const readAsked = (source: string, { algorithm }: Multipart): readonly AskedPart[] => {
  const parts = parseXml(source, 'CompleteMultipartUpload').children.get('Part') ?? [];
  if (parts.length === 0) throw malformedXml();
  return parts.map((part) => ({
    partNumber: Number(required(childText(part, 'PartNumber'))),
    etag: required(childText(part, 'ETag')).replaceAll('"', ''),
    checksum: algorithm && childText(part, checksumElement(algorithm)),
  }));
};

const invalidPart = ({ partNumber, etag }: AskedPart, uploadId: string) =>
  new S3Error({
    code: 'InvalidPart',
    status: 400,
    message:
      "One or more of the specified parts could not be found.  The part may not have been uploaded, or the specified entity tag may not match the part's entity tag.",
    fields: { UploadId: uploadId, PartNumber: String(partNumber), ETag: etag },
  });

const invalidPartOrder = () =>
  new S3Error({
    code: 'InvalidPartOrder',
    status: 400,
    message:
      'The list of parts was not in ascending order. The parts list must be specified in order by part number.',
  });

const partTooSmall = ({ size, partNumber, etag }: Part) =>
  new S3Error({
    code: 'EntityTooSmall',
    status: 400,
    message: 'Your proposed upload is smaller than the minimum allowed size',
    fields: {
      ProposedSize: String(size),
      MinSizeAllowed: String(MIN_PART_BYTES),
      PartNumber: String(partNumber),
      ETag: etag,
    },
  });

/** The stored parts in the order asked. Throws InvalidPart, InvalidPartOrder, EntityTooSmall. */
const selectParts = (
  upload: Multipart,
  stored: readonly Part[],
  asked: readonly AskedPart[],
): readonly Part[] => {
  const { uploadId, algorithm, checksumType } = upload;
  const byNumber = new Map(stored.map((part) => [part.partNumber, part]));
  const selected = asked.map((one, at) => {
    if (at > 0 && one.partNumber <= (asked[at - 1]?.partNumber ?? 0)) throw invalidPartOrder();
    const part = byNumber.get(one.partNumber);
    if (part?.etag !== one.etag) throw invalidPart(one, uploadId);
    if (one.checksum !== undefined && one.checksum !== part.checksum?.value) {
      throw invalidPart(one, uploadId);
    }
    if (one.checksum === undefined && checksumType === 'COMPOSITE') {
      throw invalidRequest(
        `The upload was created using a ${algorithm?.toLowerCase()} checksum. The complete request must include the checksum for each part. It was missing for part ${one.partNumber} in the request.`,
      );
    }
    return part;
  });
  for (const part of selected.slice(0, -1)) {
    if (part.size < MIN_PART_BYTES) throw partTooSmall(part);
  }
  return selected;
};

/** Appends the parts to one file in constant memory. */
const join = async (
  parts: readonly Part[],
  path: string,
  running: RunningChecksum | undefined,
): Promise<void> => {
  const concatenate = async function* (): AsyncGenerator<Buffer> {
    for (const { bodyPath } of parts) {
      for await (const chunk of createReadStream(bodyPath)) {
        running?.update(chunk);
        yield chunk;
      }
    }
  };
  try {
    await pipeline(concatenate, createWriteStream(path, { flags: 'wx' }));
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
};

const joinedEtag = (parts: readonly Part[]): string => {
  const digest = createHash('md5').update(
    Buffer.from(parts.map(({ etag }) => etag).join(''), 'hex'),
  );
  return `${digest.digest('hex')}-${parts.length}`;
};

const joinedChecksum = (
  { algorithm, checksumType }: Multipart,
  parts: readonly Part[],
  running: RunningChecksum | undefined,
): StoredChecksum | undefined => {
  if (algorithm === undefined) return undefined;
  if (checksumType === 'FULL_OBJECT' && running !== undefined) {
    return { algorithm, type: 'FULL_OBJECT', value: running.digest().toString('base64') };
  }
  const ofParts = createChecksum(algorithm);
  for (const { checksum } of parts) ofParts.update(Buffer.from(checksum?.value ?? '', 'base64'));
  const value = `${ofParts.digest().toString('base64')}-${parts.length}`;
  return { algorithm, type: 'COMPOSITE', value };
};

const assertClaimedChecksum = ({ headers }: S3Call, checksum: StoredChecksum | undefined): void => {
  if (checksum === undefined) return;
  const claimed = headers.get(checksumHeader(checksum.algorithm));
  // A composite may be claimed with or without the number of parts.
  const accepted = [checksum.value, checksum.value.replace(/-\d+$/, '')];
  if (claimed !== undefined && !accepted.includes(claimed)) {
    throw badDigest(
      `The ${checksum.algorithm} you specified did not match the calculated checksum.`,
    );
  }
};

const answer = (call: S3Call, { etag, versionId, checksum }: Completion): S3Response => {
  const { store, bucket, key, url } = call;
  const versioned = store.bucket(bucket).versioning !== 'Off';
  return xmlResponse(
    xmlDocument('CompleteMultipartUploadResult', [
      tag('Location', `${url()}/${bucket}/${key.split('/').map(encodeURIComponent).join('/')}`),
      tag('Bucket', bucket),
      tag('Key', key),
      tag('ETag', quoted(etag)),
      checksum && tag(checksumElement(checksum.algorithm), checksum.value),
      checksum && tag('ChecksumType', checksum.type),
    ]),
    {
      'x-amz-server-side-encryption': 'AES256',
      ...(versioned ? { 'x-amz-version-id': versionId } : {}),
    },
  );
};

const assemble = async (
  call: S3Call,
  upload: Multipart,
  asked: readonly AskedPart[],
): Promise<Completion> => {
  const { store, multipart, bucket, key, headers } = call;
  const parts = selectParts(upload, multipart.parts(upload), asked);
  const whole = upload.checksumType === 'FULL_OBJECT' ? upload.algorithm : undefined;
  const running = whole && createChecksum(whole);
  const bodyPath = store.files.temporary();
  await join(parts, bodyPath, running);
  const checksum = joinedChecksum(upload, parts, running);
  const condition = readWriteCondition(headers, key);
  const version = await store.put({
    bucket,
    key,
    bodyPath,
    size: parts.reduce((sum, { size }) => sum + size, 0),
    etag: joinedEtag(parts),
    checksum,
    condition: (current) => {
      assertClaimedChecksum(call, checksum);
      condition(current);
    },
    headers: upload.headers,
    metadata: upload.metadata,
  });
  const { etag, versionId } = version;
  const completion = { asked: JSON.stringify(asked), etag, versionId, checksum };
  await multipart.complete(upload, completion);
  announceCreated(call, 'ObjectCreated:CompleteMultipartUpload', version);
  return completion;
};

export const completeMultipartUpload: Operation = async (call) => {
  const { uploadId } = findUpload(call);
  const source = await receiveText(call.body({ withoutChecksum: true }), MAX_DOCUMENT_BYTES);
  return await call.multipart.exclusively(uploadId, async () => {
    const upload = findUpload(call);
    const asked = readAsked(source, upload);
    const { completion } = upload;
    if (completion === undefined) return answer(call, await assemble(call, upload, asked));
    const [first] = asked;
    if (completion.asked !== JSON.stringify(asked) && first !== undefined) {
      throw invalidPart(first, uploadId);
    }
    return answer(call, completion);
  });
};
