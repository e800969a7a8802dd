/** Takes away for good what lies outside of an upload's row. Every method is idempotent and can stop and start again anywhere. */

/** Errors: RetryableError `storage_unavailable`. */
export interface ObjectEraser {
  /** Every version of exactly this key of the uploads bucket, its delete markers, and uploads in parts that were begun for it. */
  eraseIncoming(key: string): Promise<void>;
  /** Every version of every derived file of an upload, over all generations. */
  eraseResults(uploadId: string): Promise<void>;
}

/** Errors: RetryableError `store_unavailable`. */
export interface RowEraser {
  /**
   * Every row that is kept beside the upload's own: earlier generations, which parts belong to it, and dead letters that
   * tell of its file. The upload's own row stays.
   */
  eraseRows(uploadId: string): Promise<void>;
}
