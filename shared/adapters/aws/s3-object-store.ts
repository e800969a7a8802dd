/** Both buckets in S3. Every read is pinned to a version or an ETag where the caller knows one. */
import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import {
  CopyObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { NonRetryableError, RetryableError } from '../../domain/errors.ts';
import { decodeEventKey, INCOMING_PREFIX } from '../../domain/object-key.ts';
import type { ObjectVersion } from '../../domain/object-version.ts';
import type {
  ObjectPage,
  ObjectPointer,
  ObjectStore,
  OpenOptions,
  PinnedObject,
} from '../../ports/object-store.ts';
import { given } from './given-bucket.ts';
import { guardBody, readableOf, readHead } from './s3-body.ts';
import { putIncoming } from './s3-put-incoming.ts';
import { httpStatusOf, nameOf, unavailable } from './sdk-errors.ts';

export interface S3ObjectStoreOptions {
  readonly client: S3Client;
  /** A function knows only the buckets it may touch. */
  readonly uploadsBucket?: string | undefined;
  readonly resultsBucket?: string | undefined;
}

/** A peek is one small answer: its body is not worth waiting for longer than for the answer itself. */
const PEEK_MS = 10_000;

const unquoted = (eTag: string | undefined): string => (eTag ?? '').replaceAll('"', '');

/** By version where there is one: an ETag pins the bytes, a version also survives being overwritten. */
const pinOf = ({ bucket, key, versionId, eTag }: ObjectPointer) => ({
  Bucket: bucket,
  Key: key,
  ...(versionId === undefined ? {} : { VersionId: versionId }),
  ...(versionId !== undefined || eTag === undefined ? {} : { IfMatch: `"${unquoted(eTag)}"` }),
});

/** 404: no such key or version. 405: the version is a delete marker. 412: the ETag is another one by now. */
const isGone = (error: unknown): boolean =>
  [404, 405, 412].includes(httpStatusOf(error) ?? 0) && nameOf(error) !== 'NoSuchBucket';

/** S3 has no first byte to give of an empty object. */
const isEmptyRange = (error: unknown): boolean => httpStatusOf(error) === 416;

const versionOf = (
  { bucket, key }: ObjectPointer,
  answer: Pick<
    GetObjectCommandOutput & HeadObjectCommandOutput,
    'VersionId' | 'ETag' | 'LastModified'
  >,
  size: number,
): ObjectVersion => ({
  bucket,
  key,
  ...(answer.VersionId === undefined ? {} : { versionId: answer.VersionId }),
  eTag: unquoted(answer.ETag),
  size,
  // Headers carry whole seconds, a listing may carry more: one version must have one time.
  lastModified: Math.floor((answer.LastModified?.getTime() ?? 0) / 1000) * 1000,
});

/** The whole size: behind the slash of a ranged answer, the length of an unranged one. */
const wholeSize = ({ ContentRange, ContentLength }: GetObjectCommandOutput): number => {
  const size = Number(ContentRange?.split('/')[1] ?? ContentLength);
  if (Number.isSafeInteger(size)) return size;
  throw new RetryableError('storage_unavailable', { detail: 'The answer named no size.' });
};

/** Runs `call`; `whenGone` answers for an object that is not there any more, all else is translated. */
const unlessGone = async <T, G>(call: () => Promise<T>, whenGone: () => G): Promise<T | G> => {
  try {
    return await call();
  } catch (error) {
    if (isGone(error)) return whenGone();
    throw unavailable('storage_unavailable', error);
  }
};

const head = (client: S3Client, pointer: ObjectPointer): Promise<ObjectVersion | undefined> =>
  unlessGone(
    async () => {
      const answer = await client.send(new HeadObjectCommand(pinOf(pointer)));
      return versionOf(pointer, answer, answer.ContentLength ?? 0);
    },
    () => undefined,
  );

/** Bytes that came in one piece have the digest of the whole; of parts S3 only has a digest of digests, which ends in `-<parts>`. */
const verifiedSha256 = (client: S3Client, object: PinnedObject): Promise<string | undefined> =>
  unlessGone(
    async () => {
      const command = new HeadObjectCommand({ ...pinOf(object), ChecksumMode: 'ENABLED' });
      const { ChecksumSHA256, ChecksumType } = await client.send(command);
      const isWhole = ChecksumType !== 'COMPOSITE' && ChecksumSHA256?.includes('-') === false;
      return isWhole ? Buffer.from(ChecksumSHA256 ?? '', 'base64').toString('hex') : undefined;
    },
    () => undefined,
  );

const copyWithin = (client: S3Client, bucket: string, from: string, to: string) =>
  unlessGone(
    async () => {
      const CopySource = [bucket, ...from.split('/')].map(encodeURIComponent).join('/');
      await client.send(new CopyObjectCommand({ Bucket: bucket, Key: to, CopySource }));
      return true;
    },
    () => false,
  );

const readWhole = (client: S3Client, bucket: string, key: string) =>
  unlessGone(
    async () => {
      const { Body } = await client.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
      return buffer(readableOf(Body));
    },
    () => undefined,
  );

type Peeked = Awaited<ReturnType<ObjectStore['peek']>>;

const readPeek = async (client: S3Client, pointer: ObjectPointer, bytes: number) => {
  const command = new GetObjectCommand({ ...pinOf(pointer), Range: `bytes=0-${bytes - 1}` });
  const abortSignal = AbortSignal.timeout(PEEK_MS);
  const answer = await client.send(command, { abortSignal });
  const body = guardBody(readableOf(answer.Body), abortSignal);
  return {
    head: await readHead(body, bytes),
    object: versionOf(pointer, answer, wholeSize(answer)),
  };
};

const peek = async (client: S3Client, pointer: ObjectPointer, bytes: number): Promise<Peeked> => {
  try {
    return await readPeek(client, pointer, bytes);
  } catch (error) {
    if (isGone(error)) return undefined;
    if (!isEmptyRange(error)) throw unavailable('storage_unavailable', error);
  }
  const object = await head(client, pointer);
  if (object === undefined) return undefined;
  // Between the two requests an unpinned key may have got bytes; what HEAD found cannot change any more.
  return object.size === 0 ? { head: new Uint8Array(), object } : peek(client, object, bytes);
};

const open = async (
  client: S3Client,
  object: PinnedObject,
  { range, signal }: OpenOptions,
): Promise<Readable> => {
  const command = new GetObjectCommand({
    ...pinOf(object),
    ...(range === undefined ? {} : { Range: `bytes=${range.start}-${range.end}` }),
  });
  try {
    const abort = signal === undefined ? {} : { abortSignal: signal };
    const { Body } = await client.send(command, abort);
    return guardBody(readableOf(Body), signal);
  } catch (error) {
    // Who aborted knows why: the deadline of an attempt, not a fault of the storage.
    signal?.throwIfAborted();
    if (isGone(error)) throw new NonRetryableError('source_gone', { cause: error });
    throw unavailable('storage_unavailable', error);
  }
};

/** Other tools may use characters in a key that XML cannot carry: the listing is asked for encoded keys. */
const listIncoming = async (
  client: S3Client,
  bucket: string,
  { cursor, limit }: { readonly cursor: string | undefined; readonly limit: number },
): Promise<ObjectPage> => {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: INCOMING_PREFIX,
    EncodingType: 'url',
    MaxKeys: limit,
    ...(cursor === undefined ? {} : { StartAfter: cursor }),
  });
  try {
    const { Contents = [], EncodingType, IsTruncated } = await client.send(command);
    const objects = Contents.map(({ Key = '', ETag, LastModified, Size = 0 }) => {
      const key = (EncodingType === 'url' ? decodeEventKey(Key) : undefined) ?? Key;
      const found = { bucket, key };
      return versionOf(found, { ETag, LastModified }, Size);
    });
    return { objects, cursor: IsTruncated === true ? objects.at(-1)?.key : undefined };
  } catch (error) {
    throw unavailable('storage_unavailable', error);
  }
};

export const createS3ObjectStore = ({
  client,
  uploadsBucket,
  resultsBucket,
}: S3ObjectStoreOptions): ObjectStore => {
  return {
    peek: (pointer, bytes) => peek(client, pointer, bytes),
    open: (object, opening = {}) => open(client, object, opening),
    verifiedSha256: (object) => verifiedSha256(client, object),
    putIncoming: async (key, body, terms) =>
      putIncoming(client, { bucket: given(uploadsBucket), key }, { ...terms, body }),
    copyResult: async (from, to) => copyWithin(client, given(resultsBucket), from, to),
    readResult: async (key) => readWhole(client, given(resultsBucket), key),
    latest: async (key) => head(client, { bucket: given(uploadsBucket), key }),
    async putResult(key, body, contentType) {
      const command = new PutObjectCommand({
        Bucket: given(resultsBucket),
        Key: key,
        Body: body,
        ContentType: contentType,
        // S3 refuses bytes that were damaged on the way.
        ChecksumSHA256: createHash('sha256').update(body).digest('base64'),
      });
      try {
        await client.send(command);
      } catch (error) {
        throw unavailable('storage_unavailable', error);
      }
    },
    listIncoming: async (cursor, limit) =>
      listIncoming(client, given(uploadsBucket), { cursor, limit }),
  };
};
