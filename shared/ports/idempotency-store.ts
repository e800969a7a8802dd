/** Which upload a client's key stands for, so that the client can repeat a request whose answer it did not get. */

export interface IdempotencyScope {
  readonly tenant: string;
  readonly owner: string;
  /** As the client chose it. */
  readonly key: string;
}

export interface IdempotencyRecord {
  /** Of what was made under the key: an upload, or a group of them. */
  readonly uploadId: string;
  /** Of the request; another request under the same key is a mistake of the client. */
  readonly fingerprint: string;
  /** Milliseconds since the epoch; from then on the key is free again. */
  readonly expiresAt: number;
}

/** Errors: RetryableError `store_unavailable`. */
export interface IdempotencyStore {
  /**
   * Keeps `record` unless one that has not expired is there. One conditional write, so of two callers one wins.
   * @returns the record that stands: the caller's own, or the earlier one.
   */
  claim(
    scope: IdempotencyScope,
    record: IdempotencyRecord,
    now: number,
  ): Promise<IdempotencyRecord>;
}
