/** Which upload last came to outcomes with these bytes. A hint, never a proof: the upload's own row says what it has. */

export interface Content {
  readonly tenant: string;
  /** Lower-case hexadecimal. */
  readonly sha256: string;
}

/** Errors of all methods: RetryableError `store_unavailable`. */
export interface ContentIndex {
  /** The last one that was remembered, for as long as it is kept; eventually consistent. */
  find(content: Content): Promise<string | undefined>;
  /** Takes the place of whoever was remembered before. Idempotent. */
  remember(content: Content, uploadId: string, at: number): Promise<void>;
  /** Unless another has taken its place. Idempotent. */
  forget(content: Content, uploadId: string): Promise<void>;
}
