/** An object that is put in parts. The parts are nothing until they are completed into one version. */

/** As S3 spells it, and clients of S3 with it. */
export interface UploadedPart {
  readonly PartNumber: number;
  readonly Size: number;
  /** With its quotes. */
  readonly ETag: string;
}

/** Which parts belong together. */
export interface PartsRef {
  readonly key: string;
  readonly multipartId: string;
}

export interface PartTerms extends PartsRef {
  readonly partNumber: number;
  /** The exact number of bytes that will be taken. */
  readonly size: number;
  readonly expiresSeconds: number;
}

/** Errors of all methods: RetryableError `storage_unavailable`. */
export interface PartStore {
  /** @returns the id under which the parts are gathered. */
  begin(key: string, type: string): Promise<string>;
  /** An address that takes exactly one part of exactly one size. Signs, sends nothing. */
  signPart(terms: PartTerms): Promise<string>;
  /** In the order of their numbers; undefined when the parts were completed or aborted. */
  listParts(ref: PartsRef): Promise<readonly UploadedPart[] | undefined>;
  /** False when the parts were completed or aborted before. */
  completeParts(ref: PartsRef, parts: readonly UploadedPart[]): Promise<boolean>;
  /** Idempotent. */
  abortParts(ref: PartsRef): Promise<void>;
}

/** Which parts belong to which upload. Errors of all methods: RetryableError `store_unavailable`. */
export interface PartsRegister {
  find(uploadId: string): Promise<string | undefined>;
  /** Binds an id unless one is bound. @returns the id that stands. */
  bind(uploadId: string, multipartId: string, expiresAt: number): Promise<string>;
  /** Lets go of exactly this id; idempotent. */
  release(uploadId: string, multipartId: string): Promise<void>;
}
