/** Takes objects out of both buckets for good: in a bucket with versions that means every version and every delete marker. */
import {
  AbortMultipartUploadCommand,
  DeleteObjectsCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { resultsPrefixOf } from '../../domain/object-key.ts';
import type { ObjectEraser } from '../../ports/eraser.ts';
import { nameOf, unavailable } from './sdk-errors.ts';

export interface S3ObjectEraserOptions {
  readonly client: S3Client;
  readonly uploadsBucket: string;
  readonly resultsBucket: string;
}

interface Found {
  readonly Key?: string | undefined;
  readonly VersionId?: string | undefined;
}

interface Area {
  readonly bucket: string;
  readonly prefix: string;
  /** What of the prefix is meant. */
  readonly isMeant: (key: string) => boolean;
}

const removeAll = async (client: S3Client, bucket: string, found: readonly Found[]) => {
  if (found.length === 0) return;
  const Objects = found.map(({ Key = '', VersionId }) => ({ Key, VersionId }));
  const command = new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects, Quiet: true } });
  const { Errors = [] } = await client.send(command);
  const [first] = Errors;
  // One request, an answer per object: that it succeeded says nothing about any of them.
  if (first !== undefined) throw new Error(`${Errors.length} were not deleted: ${first.Code}`);
};

const eraseVersions = async (client: S3Client, { bucket, prefix, isMeant }: Area) => {
  let after: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } = {};
  let isMore = true;
  while (isMore) {
    const page = await client.send(
      new ListObjectVersionsCommand({ Bucket: bucket, Prefix: prefix, ...after }),
    );
    const { Versions = [], DeleteMarkers = [] } = page;
    const found = [...Versions, ...DeleteMarkers].filter(({ Key = '' }) => isMeant(Key));
    await removeAll(client, bucket, found);
    after = { KeyMarker: page.NextKeyMarker, VersionIdMarker: page.NextVersionIdMarker };
    isMore = page.IsTruncated === true;
  }
};

const abortParts = async (client: S3Client, { bucket, prefix, isMeant }: Area) => {
  const { Uploads = [] } = await client.send(
    new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: prefix }),
  );
  for (const { Key = '', UploadId } of Uploads) {
    if (!isMeant(Key)) continue;
    try {
      await client.send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }));
    } catch (error) {
      // Completed or aborted in the meantime: then there are no parts any more.
      if (nameOf(error) !== 'NoSuchUpload') throw error;
    }
  }
};

export const createS3ObjectEraser = (options: S3ObjectEraserOptions): ObjectEraser => {
  const { client, uploadsBucket, resultsBucket } = options;
  const translated = async (erase: () => Promise<void>): Promise<void> => {
    try {
      await erase();
    } catch (error) {
      throw unavailable('storage_unavailable', error);
    }
  };
  return {
    async eraseIncoming(key) {
      // Keys of one length: only a foreign tool's could begin with it.
      const area = {
        bucket: uploadsBucket,
        prefix: key,
        isMeant: (found: string) => found === key,
      };
      // Parts first: completed in between, they are a version.
      await translated(() => abortParts(client, area));
      await translated(() => eraseVersions(client, area));
    },
    async eraseResults(uploadId) {
      const area = {
        bucket: resultsBucket,
        prefix: resultsPrefixOf(uploadId),
        isMeant: () => true,
      };
      await translated(() => eraseVersions(client, area));
    },
  };
};
