/** Signed addresses: a form that takes exactly one object, and a short-lived download. Signing sends nothing. */
import { GetObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createPresignedPost } from '@aws-sdk/s3-presigned-post';
import { getSignedUrl } from '@aws-sdk/s3-request-presigner';
import type { DownloadTerms, PresignedPost, UploadTerms } from '../../ports/object-store.ts';
import { attachmentOf } from '../content-disposition.ts';

/** The header S3 compares the bytes with; base64 there, hexadecimal with us. */
const checksumField = (sha256: string | undefined): Readonly<Record<string, string>> =>
  sha256 === undefined
    ? {}
    : { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') };

/**
 * A POST policy, because only a policy can bound the size before a byte is stored. Every field of the form is
 * a condition of the policy too (the SDK turns fields, bucket and key into exact ones).
 */
export const presignUpload = async (
  client: S3Client,
  bucket: string,
  { key, size, type, sha256, expiresSeconds }: UploadTerms,
): Promise<PresignedPost> =>
  createPresignedPost(client, {
    Bucket: bucket,
    Key: key,
    Fields: { 'Content-Type': type, ...checksumField(sha256) },
    Conditions: [['content-length-range', size, size]],
    Expires: expiresSeconds,
  });

/**
 * Always an attachment of a type that runs nothing. S3 cannot be told to send `nosniff`; that a download comes from another
 * origin than the page, and never inline, takes its place.
 */
export const presignDownload = (
  client: S3Client,
  bucket: string,
  { key, fileName, contentType, expiresSeconds }: DownloadTerms,
): Promise<string> =>
  getSignedUrl(
    client,
    new GetObjectCommand({
      Bucket: bucket,
      Key: key,
      ResponseContentDisposition: attachmentOf(fileName),
      ResponseContentType: contentType,
    }),
    { expiresIn: expiresSeconds },
  );
