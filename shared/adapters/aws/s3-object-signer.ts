/** Signed addresses: a form that takes exactly one object, and a short-lived download. Signing sends nothing, so it needs no client of S3's. */
import { partition } from '@aws-sdk/core/client';
import { formatUrl } from '@aws-sdk/core/util';
import { escapeUriPath, HttpRequest, parseUrl } from '@smithy/core/protocols';
import {
  SignatureV4,
  type SignatureV4CryptoInit,
  type SignatureV4Init,
} from '@smithy/signature-v4';
import type {
  DownloadTerms,
  ObjectSigner,
  PresignedPost,
  UploadTerms,
} from '../../ports/object-signer.ts';
import { attachmentOf } from '../content-disposition.ts';
import { given } from './given-bucket.ts';

export interface S3ObjectSignerOptions {
  /** Whose name is signed, where and with which hash: as any client of the SDK found it, so `client.config`. */
  readonly identity: Pick<SignatureV4Init, 'credentials'> &
    SignatureV4CryptoInit & { readonly region: () => Promise<string> };
  /** A storage that is not AWS's own. Undefined: S3 of the region. */
  readonly endpoint?: string | undefined;
  readonly uploadsBucket?: string | undefined;
  readonly resultsBucket?: string | undefined;
}

/** `20261128T232308Z`, as every part of a signature says it. */
const instantOf = (at: Date): string => at.toISOString().replace(/[-:]|\.\d{3}/g, '');

/** Whole seconds: S3 takes no others in a policy. */
const secondOf = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}/, '');

/** The header S3 compares the bytes with; base64 there, hexadecimal with us. */
const checksumField = (sha256: string | undefined): Readonly<Record<string, string>> =>
  sha256 === undefined
    ? {}
    : { 'x-amz-checksum-sha256': Buffer.from(sha256, 'hex').toString('base64') };

type Identity = S3ObjectSignerOptions['identity'];

const signerOf = (identity: Identity): SignatureV4 =>
  // S3 signs the path as it is sent, where other services escape it once more.
  new SignatureV4({ ...identity, service: 's3', uriEscapePath: false });

const credentialsOf = async ({ credentials }: Identity) =>
  typeof credentials === 'function' ? credentials() : credentials;

/**
 * Where a bucket is: a host of its own in S3, a path of a storage that may be a mere address, as on the laptop. CloudFormation
 * names our buckets without dots, which S3's certificates would not cover.
 */
const addressOf = (bucket: string, region: string, endpoint: string | undefined) =>
  parseUrl(
    endpoint === undefined
      ? `https://${bucket}.s3.${region}.${partition(region).dnsSuffix}/`
      : `${endpoint.replace(/\/+$/, '')}/${bucket}`,
  );

/** Every field of the form is a condition of the policy too: one changed or one more, and S3 refuses it. */
const policyOf = (
  fields: Readonly<Record<string, string>>,
  { key, size, expiresSeconds }: UploadTerms,
  at: Date,
): string => {
  const policy = {
    expiration: secondOf(at.getTime() + expiresSeconds * 1000),
    conditions: [
      ['content-length-range', size, size],
      ...Object.entries(fields).map(([name, value]) => ({ [name]: value })),
      { key },
    ],
  };
  return Buffer.from(JSON.stringify(policy)).toString('base64');
};

/** A POST policy, because only a policy can bound the size before a byte is stored. */
const presignUpload = async (
  { identity, endpoint, uploadsBucket }: S3ObjectSignerOptions,
  terms: UploadTerms,
): Promise<PresignedPost> => {
  const bucket = given(uploadsBucket);
  const signingDate = new Date();
  const instant = instantOf(signingDate);
  const region = await identity.region();
  const { accessKeyId, sessionToken } = await credentialsOf(identity);
  const fields = {
    'Content-Type': terms.type,
    ...checksumField(terms.sha256),
    bucket,
    'X-Amz-Algorithm': 'AWS4-HMAC-SHA256',
    'X-Amz-Credential': `${accessKeyId}/${instant.slice(0, 8)}/${region}/s3/aws4_request`,
    'X-Amz-Date': instant,
    ...(sessionToken === undefined ? {} : { 'X-Amz-Security-Token': sessionToken }),
  };
  const policy = policyOf(fields, terms, signingDate);
  const signature = await signerOf(identity).sign(policy, { signingDate });
  return {
    url: formatUrl(addressOf(bucket, region, endpoint)),
    fields: { ...fields, key: terms.key, Policy: policy, 'X-Amz-Signature': signature },
  };
};

/**
 * Always an attachment of a type that runs nothing. S3 cannot be told to send `nosniff`; that a download comes from another
 * origin than the page, and never inline, takes its place.
 */
const presignDownload = async (
  { identity, endpoint, resultsBucket }: S3ObjectSignerOptions,
  { key, fileName, contentType, expiresSeconds }: DownloadTerms,
): Promise<string> => {
  const bucket = addressOf(given(resultsBucket), await identity.region(), endpoint);
  const { hostname, port } = bucket;
  const request = new HttpRequest({
    ...bucket,
    method: 'GET',
    path: `${bucket.path.replace(/\/$/, '')}/${escapeUriPath(key)}`,
    headers: {
      host: port === undefined ? hostname : `${hostname}:${port}`,
      // The signature is of the address; S3 sends the bytes.
      'x-amz-content-sha256': 'UNSIGNED-PAYLOAD',
    },
    query: {
      'response-content-disposition': attachmentOf(fileName),
      'response-content-type': contentType,
    },
  });
  return formatUrl(await signerOf(identity).presign(request, { expiresIn: expiresSeconds }));
};

export const createS3ObjectSigner = (options: S3ObjectSignerOptions): ObjectSigner => ({
  presignUpload: (terms) => presignUpload(options, terms),
  presignDownload: (terms) => presignDownload(options, terms),
});
