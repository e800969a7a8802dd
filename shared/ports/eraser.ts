/** Takes away for good what lies outside of an upload's row. Every method is idempotent and can stop and start again anywhere. */

/** Errors: RetryableError `storage_unavailable`. */
export interface ObjectEraser {
  /** Every version of exactly this key of the uploads bucket, its delete markers, and uploads in parts that were begun for it. */
  eraseIncoming(key: string): Promise<void>;
  /** Every version of every derived file of an upload, over all generations. */
  eraseResults(uploadId: string): Promise<void>;
}

/** Errors: RetryableError `store_unavailable`. */
export interface GenerationEraser {
  /** Every kept row of an earlier generation. The upload's own row stays. */
  eraseGenerations(uploadId: string): Promise<void>;
}
