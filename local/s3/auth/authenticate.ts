/** Decides who a request is from: SigV4 in the header or in the query; anonymous requests are refused. */
import { accessDenied, invalidRequest, S3Error } from '../errors.ts';
import type { S3Request } from '../request.ts';
import {
  ALGORITHM,
  hmac,
  sameSignature,
  scopeText,
  signingKey,
  stringToSign,
} from './canonical.ts';
import {
  assertFresh,
  assertNotExpired,
  assertScope,
  assertSignedHeaders,
  type Claim,
  type Identity,
  malformedHeader,
  malformedQuery,
  readHeaderClaim,
  readQueryClaim,
  signatureDoesNotMatch,
} from './claim.ts';

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

/** Throws unless the signature of the claim is the one our secret makes. */
const assertSignature = (request: S3Request, claim: Claim, secret: string): Buffer => {
  const key = signingKey(secret, claim.scope);
  const text = stringToSign({ request, ...claim }, claim.timestamp, claim.scope);
  if (!sameSignature(hmac(key, text).toString('hex'), claim.signature)) {
    throw signatureDoesNotMatch({ accessKeyId: claim.scope.accessKeyId, stringToSign: text });
  }
  return key;
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
