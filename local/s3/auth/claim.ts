/** What a request claims of its signature, in the header or in the query, and what of it can be refused without a secret. */
import { accessDenied, invalidRequest, S3Error } from '../errors.ts';
import type { S3Request } from '../request.ts';
import { ALGORITHM, type CredentialScope, readScope, readTimestamp } from './canonical.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Identity {
  readonly credentials: S3Credentials;
  readonly region: string;
}

// S3 refuses a request whose clock is more than 15 minutes off.
const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 604_800;

export interface Claim {
  readonly scope: CredentialScope;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
}

export const signatureDoesNotMatch = (claim: { accessKeyId: string; stringToSign: string }) =>
  new S3Error({
    code: 'SignatureDoesNotMatch',
    status: 403,
    message:
      'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
    fields: { AWSAccessKeyId: claim.accessKeyId, StringToSign: claim.stringToSign },
  });

const unknownAccessKey = (accessKeyId: string) =>
  new S3Error({
    code: 'InvalidAccessKeyId',
    status: 403,
    message: 'The AWS Access Key Id you provided does not exist in our records.',
    fields: { AWSAccessKeyId: accessKeyId },
  });

export const malformedHeader = (message: string, fields: Record<string, string> = {}) =>
  new S3Error({
    code: 'AuthorizationHeaderMalformed',
    status: 400,
    message: `The authorization header is malformed; ${message}`,
    fields,
  });

export const malformedQuery = (message: string) =>
  new S3Error({ code: 'AuthorizationQueryParametersError', status: 400, message });

/** Checks key id and scope of a credential, wherever it came from. `malformed` names the AWS error. */
export const assertScope = (
  { scope, timestamp }: Pick<Claim, 'scope' | 'timestamp'>,
  { credentials, region }: Identity,
  malformed: (message: string, fields?: Record<string, string>) => S3Error,
): void => {
  if (scope.accessKeyId !== credentials.accessKeyId) throw unknownAccessKey(scope.accessKeyId);
  if (scope.region !== region) {
    throw malformed(`the region '${scope.region}' is wrong; expecting '${region}'`, {
      Region: region,
    });
  }
  if (scope.service !== 's3') throw malformed(`incorrect service "${scope.service}".`);
  if (scope.terminator !== 'aws4_request') throw malformed('incorrect terminal.');
  if (!timestamp.startsWith(scope.day)) {
    throw malformed(`Invalid credential date "${scope.day}".`);
  }
};

export const readHeaderClaim = (request: S3Request, authorization: string): Claim => {
  const fields = new Map<string, string>();
  for (const field of authorization.slice(ALGORITHM.length).split(',')) {
    const [name = '', ...value] = field.trim().split('=');
    fields.set(name, value.join('='));
  }
  const scope = readScope(fields.get('Credential') ?? '');
  const signedHeaders = fields.get('SignedHeaders')?.split(';');
  const signature = fields.get('Signature');
  if (scope === undefined || signedHeaders === undefined || !signature) {
    throw malformedHeader('it needs Credential, SignedHeaders and Signature.');
  }
  const payloadHash = request.headers.get('x-amz-content-sha256');
  if (payloadHash === undefined) {
    throw invalidRequest('Missing required header for this request: x-amz-content-sha256');
  }
  const timestamp = request.headers.get('x-amz-date') ?? '';
  return { scope, timestamp, signedHeaders, signature, payloadHash };
};

export const readQueryClaim = ({ query, headers }: S3Request): Claim => {
  const scope = readScope(query.get('X-Amz-Credential') ?? '');
  const timestamp = query.get('X-Amz-Date');
  const signature = query.get('X-Amz-Signature');
  const signedHeaders = query.get('X-Amz-SignedHeaders')?.split(';');
  if (!scope || !timestamp || !signature || !signedHeaders || !query.has('X-Amz-Expires')) {
    throw malformedQuery(
      'Query-string authentication version 4 requires the X-Amz-Algorithm, X-Amz-Credential, X-Amz-Signature, X-Amz-Date, X-Amz-SignedHeaders, and X-Amz-Expires parameters.',
    );
  }
  const payloadHash =
    query.get('X-Amz-Content-Sha256') ?? headers.get('x-amz-content-sha256') ?? 'UNSIGNED-PAYLOAD';
  return { scope, timestamp, signedHeaders, signature, payloadHash };
};

export const assertFresh = (timestamp: string, now: number): void => {
  const at = readTimestamp(timestamp);
  if (at === undefined) {
    throw accessDenied('AWS authentication requires a valid Date or x-amz-date header');
  }
  if (Math.abs(now - at) > MAX_SKEW_MS) {
    throw new S3Error({
      code: 'RequestTimeTooSkewed',
      status: 403,
      message: 'The difference between the request time and the current time is too large.',
      fields: {
        RequestTime: timestamp,
        ServerTime: new Date(now).toISOString(),
        MaxAllowedSkewMilliseconds: String(MAX_SKEW_MS),
      },
    });
  }
};

export const assertNotExpired = (timestamp: string, expires: string, now: number): void => {
  const at = readTimestamp(timestamp);
  const seconds = Number(expires);
  if (at === undefined) throw malformedQuery('X-Amz-Date must be in the ISO8601 Long Format');
  if (!/^\d+$/.test(expires) || seconds < 1) {
    throw malformedQuery('X-Amz-Expires should be a positive number');
  }
  if (seconds > MAX_EXPIRES_SECONDS) {
    throw malformedQuery(
      'X-Amz-Expires must be less than a week (in seconds); that is, the given X-Amz-Expires must be less than 604800 seconds',
    );
  }
  if (at - now > MAX_SKEW_MS) throw accessDenied('Request is not yet valid');
  const end = at + seconds * 1000;
  if (now > end) {
    throw accessDenied('Request has expired', {
      'X-Amz-Expires': expires,
      Expires: new Date(end).toISOString(),
      ServerTime: new Date(now).toISOString(),
    });
  }
};

export const assertSignedHeaders = (request: S3Request, signedHeaders: readonly string[]): void => {
  const unsigned = [...request.headers.keys()].filter(
    (name) => (name.startsWith('x-amz-') || name === 'host') && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw accessDenied('There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  }
};
