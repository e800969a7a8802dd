/** Parts in S3: multipart uploads to the uploads bucket. */
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { PartStore, PartsRef, PartTerms, UploadedPart } from '../../ports/part-store.ts';
import { nameOf, unavailable } from './sdk-errors.ts';

export interface S3PartStoreOptions {
  readonly client: S3Client;
  readonly uploadsBucket: string;
}

const isGone = (error: unknown): boolean => nameOf(error) === 'NoSuchUpload';

/** The length is signed too, so that nobody can send more than was announced. */
const signPart = (client: S3Client, Bucket: string, terms: PartTerms): Promise<string> => {
  const { key: Key, multipartId: UploadId, partNumber: PartNumber, size, expiresSeconds } = terms;
  const command = new UploadPartCommand({ Bucket, Key, UploadId, PartNumber, ContentLength: size });
  return getSignedUrl(client, command, {
    expiresIn: expiresSeconds,
    signableHeaders: new Set(['content-length']),
  });
};

const listAll = async (client: S3Client, named: ReturnType<typeof nameIn>) => {
  const parts: UploadedPart[] = [];
  let after: string | undefined;
  do {
    const page = await client.send(new ListPartsCommand({ ...named, PartNumberMarker: after }));
    for (const { PartNumber = 0, Size = 0, ETag = '' } of page.Parts ?? []) {
      parts.push({ PartNumber, Size, ETag });
    }
    after = page.IsTruncated === true ? page.NextPartNumberMarker : undefined;
  } while (after !== undefined);
  return parts;
};

const nameIn = (Bucket: string, { key: Key, multipartId: UploadId }: PartsRef) => ({
  Bucket,
  Key,
  UploadId,
});

export const createS3PartStore = ({ client, uploadsBucket }: S3PartStoreOptions): PartStore => {
  const named = (ref: PartsRef) => nameIn(uploadsBucket, ref);
  const unlessGone = async <T, G>(call: () => Promise<T>, whenGone: G): Promise<T | G> => {
    try {
      return await call();
    } catch (error) {
      if (isGone(error)) return whenGone;
      throw unavailable('storage_unavailable', error);
    }
  };
  return {
    async begin(key, type) {
      const command = { Bucket: uploadsBucket, Key: key, ContentType: type };
      try {
        const { UploadId = '' } = await client.send(new CreateMultipartUploadCommand(command));
        return UploadId;
      } catch (error) {
        throw unavailable('storage_unavailable', error);
      }
    },
    signPart: (terms) => signPart(client, uploadsBucket, terms),
    listParts: (ref) => unlessGone(() => listAll(client, named(ref)), undefined),
    completeParts: (ref, parts) =>
      unlessGone(async () => {
        const Parts = parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag }));
        const command = { ...named(ref), MultipartUpload: { Parts } };
        await client.send(new CompleteMultipartUploadCommand(command));
        return true;
      }, false),
    abortParts: (ref) =>
      unlessGone(async () => {
        await client.send(new AbortMultipartUploadCommand(named(ref)));
      }, undefined),
  };
};
