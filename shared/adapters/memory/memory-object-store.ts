/** Both buckets in memory: an uploads bucket with versions and events, and the files of the results bucket. */
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { NonRetryableError, RetryableError } from '../../domain/errors.ts';
import { INCOMING_PREFIX, resultsPrefixOf } from '../../domain/object-key.ts';
import type { ObjectVersion } from '../../domain/object-version.ts';
import type { Clock } from '../../ports/clock.ts';
import type { ObjectEraser } from '../../ports/eraser.ts';
import type { ObjectSigner, PresignedPost, UploadTerms } from '../../ports/object-signer.ts';
import type {
  IncomingTerms,
  ObjectPage,
  ObjectPointer,
  ObjectStore,
  OpenOptions,
  PinnedObject,
} from '../../ports/object-store.ts';
import { abortable } from '../abortable.ts';
import { attachmentOf } from '../content-disposition.ts';
import {
  createMemoryBucket,
  type MemoryBucket,
  type MemoryBucketOptions,
  type ReadableVersion,
  type StoredVersion,
} from './memory-bucket.ts';

interface StoredResult {
  readonly bytes: Uint8Array;
  readonly contentType: string;
  /** How often it was written: a retry replaces its own file. */
  readonly writes: number;
}

/** What a client's form is answered: `stored`, or why not. */
type FormAnswer = 'stored' | 'unknown_form' | 'expired' | 'wrong_size' | 'wrong_bytes';

export interface MemoryObjectStore extends ObjectStore, ObjectSigner, ObjectEraser {
  /** Puts a version into the uploads bucket as any tool might, and announces it. */
  put(key: string, bytes: Uint8Array): ObjectVersion;
  /** Hides the key behind a delete marker, and announces it. */
  remove(key: string): void;
  removeVersion(key: string, versionId: string): void;
  /** Sends a form of `presignUpload`, as a client would. */
  submit(form: PresignedPost, bytes: Uint8Array): FormAnswer;
  versions(key: string): readonly StoredVersion[];
  /** Every file of the results bucket by key. */
  results(): ReadonlyMap<string, StoredResult>;
}

export interface MemoryObjectStoreOptions {
  readonly clock: Clock;
  readonly uploadsBucket?: string;
  readonly onRecord?: MemoryBucketOptions['onRecord'];
}

const CHUNK_BYTES = 64 * 1024;

const versionOf = (stored: StoredVersion): ObjectVersion => {
  const { bucket, key, versionId, eTag, size, lastModified } = stored;
  return { bucket, key, versionId, eTag, size, lastModified };
};

const byBytes = (left: string, right: string): number =>
  Buffer.compare(Buffer.from(left), Buffer.from(right));

const findIn = (bucket: MemoryBucket, pointer: ObjectPointer): ReadableVersion | undefined => {
  if (pointer.bucket !== bucket.name) return undefined;
  const found = bucket.find(pointer.key, pointer.versionId);
  const isPinnedByTag = pointer.versionId === undefined && pointer.eTag !== undefined;
  return isPinnedByTag && found?.eTag !== pointer.eTag ? undefined : found;
};

const streamOf = (bytes: Uint8Array, { range, signal }: OpenOptions): Readable => {
  const wanted = range === undefined ? bytes : bytes.subarray(range.start, range.end + 1);
  let offset = 0;
  const stream = new Readable({
    read() {
      const chunk = wanted.subarray(offset, offset + CHUNK_BYTES);
      offset += chunk.length;
      this.push(chunk.length === 0 ? null : Buffer.from(chunk));
    },
  });
  return abortable(stream, signal);
};

const openIn = (bucket: MemoryBucket, object: PinnedObject, options: OpenOptions): Readable => {
  options.signal?.throwIfAborted();
  const found = findIn(bucket, object);
  if (found === undefined) throw new NonRetryableError('source_gone');
  return streamOf(found.bytes, options);
};

/** Forms as they were signed; a form is known by its address. */
const createForms = (clock: Clock, bucket: MemoryBucket) => {
  const terms = new Map<string, UploadTerms & { readonly expiresAt: number }>();
  return {
    sign(form: UploadTerms): PresignedPost {
      const url = `memory://${bucket.name}/${form.key}#${terms.size + 1}`;
      terms.set(url, { ...form, expiresAt: clock.now() + form.expiresSeconds * 1000 });
      return { url, fields: { key: form.key, 'Content-Type': form.type } };
    },
    submit({ url }: PresignedPost, bytes: Uint8Array): FormAnswer {
      const form = terms.get(url);
      if (form === undefined) return 'unknown_form';
      if (clock.now() > form.expiresAt) return 'expired';
      if (bytes.length !== form.size) return 'wrong_size';
      const digest = createHash('sha256').update(bytes).digest('hex');
      if (form.sha256 !== undefined && digest !== form.sha256) return 'wrong_bytes';
      bucket.add(form.key, bytes, 'ObjectCreated:Post', form.sha256);
      return 'stored';
    },
  };
};

const putIncomingIn = async (
  bucket: MemoryBucket,
  key: string,
  { body, size, signal }: IncomingTerms & { readonly body: Readable },
): Promise<boolean> => {
  const bytes = Buffer.concat(await abortable(body, signal).toArray());
  if (bytes.length !== size) throw new RetryableError('storage_unavailable');
  if (bucket.find(key, undefined) !== undefined) return false;
  bucket.add(key, bytes, 'ObjectCreated:Put');
  return true;
};

const listIncomingIn = (
  bucket: MemoryBucket,
  cursor: string | undefined,
  limit: number,
): ObjectPage => {
  const keys = bucket
    .keys()
    .filter((key) => key.startsWith(INCOMING_PREFIX) && bucket.find(key, undefined))
    .filter((key) => cursor === undefined || byBytes(key, cursor) > 0)
    .sort(byBytes);
  const objects = keys.slice(0, limit).flatMap((key) => bucket.find(key, undefined) ?? []);
  return {
    // A listing of S3 does not say which version it lists.
    objects: objects.map(({ key, eTag, size, lastModified }) => ({
      bucket: bucket.name,
      key,
      eTag,
      size,
      lastModified,
    })),
    cursor: keys.length > limit ? objects.at(-1)?.key : undefined,
  };
};

export const createMemoryObjectStore = (options: MemoryObjectStoreOptions): MemoryObjectStore => {
  const { clock, uploadsBucket = 'uploads', onRecord } = options;
  const bucket = createMemoryBucket({ name: uploadsBucket, clock, onRecord });
  const forms = createForms(clock, bucket);
  const results = new Map<string, StoredResult>();

  return {
    async peek(pointer, bytes) {
      const found = findIn(bucket, pointer);
      return found && { head: found.bytes.slice(0, bytes), object: versionOf(found) };
    },
    open: async (object, opening = {}) => openIn(bucket, object, opening),
    async latest(key) {
      const found = bucket.find(key, undefined);
      return found && versionOf(found);
    },
    async verifiedSha256(object) {
      return findIn(bucket, object)?.sha256;
    },
    putIncoming: (key, body, terms) => putIncomingIn(bucket, key, { ...terms, body }),
    async copyResult(from, to) {
      const source = results.get(from);
      if (source === undefined) return false;
      results.set(to, { ...source, writes: (results.get(to)?.writes ?? 0) + 1 });
      return true;
    },
    readResult: async (key) => results.get(key)?.bytes.slice(),
    async putResult(key, body, contentType) {
      const writes = (results.get(key)?.writes ?? 0) + 1;
      results.set(key, { bytes: body.slice(), contentType, writes });
    },
    presignUpload: async (terms) => forms.sign(terms),
    presignDownload: async ({ key, fileName, contentType, expiresSeconds }) =>
      `memory://results/${key}?${new URLSearchParams({
        'response-content-disposition': attachmentOf(fileName),
        'response-content-type': contentType,
        expires: String(expiresSeconds),
      })}`,
    listIncoming: async (cursor, limit) => listIncomingIn(bucket, cursor, limit),
    put: (key, bytes) => versionOf(bucket.add(key, bytes, 'ObjectCreated:Put')),
    remove: (key) => {
      bucket.add(key, undefined, 'ObjectRemoved:DeleteMarkerCreated');
    },
    removeVersion: bucket.removeVersion,
    async eraseIncoming(key) {
      for (const { versionId } of bucket.versions(key)) bucket.removeVersion(key, versionId);
    },
    async eraseResults(uploadId) {
      for (const key of results.keys()) {
        if (key.startsWith(resultsPrefixOf(uploadId))) results.delete(key);
      }
    },
    submit: forms.submit,
    versions: bucket.versions,
    results: () => results,
  };
};
