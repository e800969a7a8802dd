/** Addresses that let somebody without a name in the storage do one thing there, for a while. Signing sends nothing. */

export interface PresignedPost {
  readonly url: string;
  readonly fields: Readonly<Record<string, string>>;
}

export interface UploadTerms {
  readonly key: string;
  /** The exact number of bytes that will be taken. */
  readonly size: number;
  readonly type: string;
  /** Lower-case hexadecimal; S3 then refuses other bytes. */
  readonly sha256?: string | undefined;
  readonly expiresSeconds: number;
}

export interface DownloadTerms {
  readonly key: string;
  readonly fileName: string;
  /** As which it is sent, whatever it was put as. */
  readonly contentType: string;
  readonly expiresSeconds: number;
}

export interface ObjectSigner {
  /** A form that lets a client put exactly one object of exactly these terms into the uploads bucket. */
  presignUpload(terms: UploadTerms): Promise<PresignedPost>;
  /** A short-lived address of one file of the results bucket, always sent as an attachment of this type. */
  presignDownload(terms: DownloadTerms): Promise<string>;
}
