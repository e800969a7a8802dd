/** Bytes: the uploads bucket, which is read pinned to one version, and the results bucket, which is written. */
import type { Readable } from 'node:stream';
import type { ObjectVersion } from '../domain/object-version.ts';

/** Which bytes exactly: by version where the bucket has versions, else by ETag. */
export type PinnedObject = Pick<ObjectVersion, 'bucket' | 'key' | 'versionId' | 'eTag'>;

/** A version as an event names it; without any pin the latest is meant. */
export interface ObjectPointer {
  readonly bucket: string;
  readonly key: string;
  readonly versionId?: string | undefined;
  readonly eTag?: string | undefined;
}

/** Inclusive byte offsets. */
export interface OpenOptions {
  readonly range?: { readonly start: number; readonly end: number } | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface IncomingTerms {
  readonly size: number;
  readonly type: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ObjectPage {
  readonly objects: readonly ObjectVersion[];
  /** Give it back to get the next page; undefined at the end. The key of any object gets what follows that one. */
  readonly cursor: string | undefined;
}

/** Errors of all methods: RetryableError `storage_unavailable`; whatever the store answers is translated here. */
export interface ObjectStore {
  /** The first `bytes` bytes and the version they belong to, in one request; undefined when it is gone. */
  peek(
    pointer: ObjectPointer,
    bytes: number,
  ): Promise<{ readonly head: Uint8Array; readonly object: ObjectVersion } | undefined>;
  /**
   * Streams the pinned bytes.
   * @throws NonRetryableError `source_gone` when that version is not there any more.
   */
  open(object: PinnedObject, options?: OpenOptions): Promise<Readable>;
  /** The latest version of a key in the uploads bucket; undefined when there is none. */
  latest(key: string): Promise<ObjectVersion | undefined>;
  /** The SHA-256 of the whole object that the store itself checked when the bytes came in, lower-case hexadecimal; undefined when it did not, or the version is gone. */
  verifiedSha256(object: PinnedObject): Promise<string | undefined>;
  /**
   * Puts the one object of an upload that is made here, announced as any other: exactly `size` bytes, of which nothing stays
   * when the body fails, and never a second version over the first.
   * @returns false when there is an object already.
   * @throws what the body failed with, as it is.
   */
  putIncoming(key: string, body: Readable, terms: IncomingTerms): Promise<boolean>;
  /** Copies one file of the results bucket inside the store; idempotent. False when there is nothing to copy. */
  copyResult(from: string, to: string): Promise<boolean>;
  /** One file of the results bucket, whole, as it was last written; undefined when it is not there. */
  readResult(key: string): Promise<Uint8Array | undefined>;
  /** Writes one file of the results bucket whole; idempotent, a reader never sees half of it. */
  putResult(key: string, body: Uint8Array, contentType: string): Promise<void>;
  /** A page of the latest versions under `incoming/`, in key order. */
  listIncoming(cursor: string | undefined, limit: number): Promise<ObjectPage>;
}
