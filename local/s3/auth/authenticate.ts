/** Decides who a request is from: SigV4 in the header or in the query; anonymous requests are refused. */
import { accessDenied, invalidRequest, S3Error } from '../errors.ts';
import type { S3Request } from '../request.ts';
import {
  ALGORITHM,
  type CredentialScope,
  hmac,
  readScope,
  readTimestamp,
  sameSignature,
  scopeText,
  signingKey,
  stringToSign,
} from './canonical.ts';

export interface S3Credentials {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

export interface Identity {
  readonly credentials: S3Credentials;
  readonly region: string;
}

/** What the signature of an aws-chunked body continues from. */
export interface ChunkSigning {
  readonly key: Buffer;
  readonly timestamp: string;
  readonly scope: string;
  readonly seedSignature: string;
}

type Payload =
  | { readonly kind: 'unsigned' }
  | { readonly kind: 'hashed'; readonly sha256: string }
  | { readonly kind: 'chunked'; readonly signing: ChunkSigning | undefined };

export interface Authenticated {
  readonly payload: Payload;
  /** The request's headers, and the `x-amz-*` ones a presigned URL carries in its query. */
  readonly headers: ReadonlyMap<string, string>;
}

// S3 refuses a request whose clock is more than 15 minutes off.
const MAX_SKEW_MS = 15 * 60 * 1000;
const MAX_EXPIRES_SECONDS = 604_800;

interface Claim {
  readonly scope: CredentialScope;
  readonly timestamp: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  readonly payloadHash: string;
}

const signatureDoesNotMatch = (claim: { accessKeyId: string; stringToSign: string }) =>
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

const malformedHeader = (message: string, fields: Record<string, string> = {}) =>
  new S3Error({
    code: 'AuthorizationHeaderMalformed',
    status: 400,
    message: `The authorization header is malformed; ${message}`,
    fields,
  });

const malformedQuery = (message: string) =>
  new S3Error({ code: 'AuthorizationQueryParametersError', status: 400, message });

/** Checks key id and scope of a credential, wherever it came from. `malformed` names the AWS error. */
const assertScope = (
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

const readHeaderClaim = (request: S3Request, authorization: string): Claim => {
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

const readQueryClaim = ({ query, headers }: S3Request): Claim => {
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

const assertFresh = (timestamp: string, now: number): void => {
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

const assertNotExpired = (timestamp: string, expires: string, now: number): void => {
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

const assertSignedHeaders = (request: S3Request, signedHeaders: readonly string[]): void => {
  const unsigned = [...request.headers.keys()].filter(
    (name) => (name.startsWith('x-amz-') || name === 'host') && !signedHeaders.includes(name),
  );
  if (unsigned.length > 0) {
    throw accessDenied('There were headers present in the request which were not signed', {
      HeadersNotSigned: unsigned.join(', '),
    });
  }
};

/** Throws unless the signature of the claim is the one our secret makes. */
const assertSignature = (request: S3Request, claim: Claim, secret: string): Buffer => {
  const key = signingKey(secret, claim.scope);
  const text = stringToSign({ request, ...claim }, claim.timestamp, claim.scope);
  if (!sameSignature(hmac(key, text).toString('hex'), claim.signature)) {
    throw signatureDoesNotMatch({ accessKeyId: claim.scope.accessKeyId, stringToSign: text });
  }
  return key;
};

const readPayload = ({ payloadHash, timestamp, scope, signature }: Claim, key: Buffer): Payload => {
  if (payloadHash === 'UNSIGNED-PAYLOAD') return { kind: 'unsigned' };
  if (payloadHash === 'STREAMING-UNSIGNED-PAYLOAD-TRAILER') {
    return { kind: 'chunked', signing: undefined };
  }
  if (/^STREAMING-AWS4-HMAC-SHA256-PAYLOAD(-TRAILER)?$/.test(payloadHash)) {
    const signing = { key, timestamp, scope: scopeText(scope), seedSignature: signature };
    return { kind: 'chunked', signing };
  }
  if (/^[0-9a-f]{64}$/.test(payloadHash)) return { kind: 'hashed', sha256: payloadHash };
  throw invalidRequest(
    'x-amz-content-sha256 must be UNSIGNED-PAYLOAD, STREAMING-UNSIGNED-PAYLOAD-TRAILER, STREAMING-AWS4-HMAC-SHA256-PAYLOAD, STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER or a valid sha256 value.',
  );
};

const signatureParameters =
  /^x-amz-(algorithm|credential|date|expires|signature|signedheaders|security-token|content-sha256)$/;

/** S3 reads `x-amz-*` query parameters of a presigned URL as if they were headers. */
const withQueryHeaders = ({ headers, queryPairs }: S3Request): ReadonlyMap<string, string> => {
  const merged = new Map(headers);
  for (const [name, value] of queryPairs) {
    const header = name.toLowerCase();
    if (header.startsWith('x-amz-') && !signatureParameters.test(header) && !merged.has(header)) {
      merged.set(header, value);
    }
  }
  return merged;
};

/**
 * Verifies the request's signature. `now` is in milliseconds.
 * Throws the error AWS answers with; returns how the body is to be read.
 */
export const authenticate = (
  request: S3Request,
  identity: Identity,
  now: number,
): Authenticated => {
  const authorization = request.headers.get('authorization');
  const presigned = request.query.has('X-Amz-Algorithm') || request.query.has('X-Amz-Signature');
  if (authorization === undefined && !presigned) throw accessDenied();
  if (authorization !== undefined && presigned) {
    throw invalidArgumentTwice();
  }
  if (authorization !== undefined && !authorization.startsWith(`${ALGORITHM} `)) {
    throw invalidRequest(
      `The authorization mechanism you have provided is not supported. Please use ${ALGORITHM}.`,
    );
  }
  if (request.headers.has('x-amz-security-token') || request.query.has('X-Amz-Security-Token')) {
    throw new S3Error({
      code: 'InvalidToken',
      status: 400,
      message: 'The provided token is malformed or otherwise invalid.',
    });
  }
  const claim = presigned ? readQueryClaim(request) : readHeaderClaim(request, authorization ?? '');
  assertScope(claim, identity, presigned ? malformedQuery : malformedHeader);
  if (presigned) {
    assertNotExpired(claim.timestamp, request.query.get('X-Amz-Expires') ?? '', now);
  } else {
    assertFresh(claim.timestamp, now);
  }
  assertSignedHeaders(request, claim.signedHeaders);
  const key = assertSignature(request, claim, identity.credentials.secretAccessKey);
  return {
    payload: readPayload(claim, key),
    headers: presigned ? withQueryHeaders(request) : request.headers,
  };
};

const invalidArgumentTwice = () =>
  new S3Error({
    code: 'InvalidArgument',
    status: 400,
    message:
      'Only one auth mechanism allowed; only the X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization header should be specified',
  });

/** Verifies the signature of a POST policy. Throws like `authenticate`. */
export const authenticatePolicy = (
  fields: ReadonlyMap<string, string>,
  identity: Identity,
): void => {
  const policy = fields.get('policy');
  const scope = readScope(fields.get('x-amz-credential') ?? '');
  const signature = fields.get('x-amz-signature');
  if (policy === undefined || scope === undefined || signature === undefined) throw accessDenied();
  if (fields.get('x-amz-algorithm') !== ALGORITHM) {
    throw malformedQuery(`X-Amz-Algorithm only supports "${ALGORITHM}"`);
  }
  assertScope({ scope, timestamp: fields.get('x-amz-date') ?? '' }, identity, malformedQuery);
  const key = signingKey(identity.credentials.secretAccessKey, scope);
  if (!sameSignature(hmac(key, policy).toString('hex'), signature)) {
    throw signatureDoesNotMatch({ accessKeyId: scope.accessKeyId, stringToSign: policy });
  }
};
