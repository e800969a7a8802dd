/** The body of a request: its bytes, and what the request claims about them. */
import type { Authenticated } from './auth/authenticate.ts';
import { decodeChunked } from './auth/chunked-body.ts';
import { type DeclaredChecksum, readDeclaredChecksum } from './checksums.ts';
import { ClientGoneError, entityTooLarge, S3Error } from './errors.ts';
import type { S3Request } from './request.ts';

/** What the sender claimed about the bytes. */
interface BodyClaims {
  readonly sha256?: string | undefined;
  /** Base64, from Content-MD5. */
  readonly md5?: string | undefined;
  readonly checksum?: DeclaredChecksum | undefined;
  readonly bytes?: number | undefined;
}

export interface Body {
  readonly chunks: AsyncIterable<Buffer>;
  readonly trailers: ReadonlyMap<string, string>;
  readonly claims: BodyClaims;
}

/** 5 GiB: the AWS limit of one PUT, one part and one POST. */
export const MAX_BODY_BYTES = 5 * 1024 ** 3;

const readMd5 = (value: string | undefined): string | undefined => {
  if (value !== undefined && Buffer.from(value, 'base64').length !== 16) {
    throw new S3Error({
      code: 'InvalidDigest',
      status: 400,
      message: 'The Content-MD5 you specified is not valid.',
    });
  }
  return value;
};

const incomingChunks = async function* ({ incoming }: S3Request): AsyncGenerator<Buffer> {
  try {
    // An error answer still has to be sent, so leaving early must not destroy the socket.
    for await (const chunk of incoming.iterator({ destroyOnReturn: false })) yield chunk;
  } catch (error) {
    throw new ClientGoneError(error);
  }
};

const readLength = (headers: ReadonlyMap<string, string>, name: string): number | undefined => {
  const value = headers.get(name);
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
};

export interface OpenBodyOptions {
  /** CompleteMultipartUpload carries the checksum of the object, not that of its own body. */
  readonly withoutChecksum?: boolean;
}

/** The body of an authenticated request. Throws when its claims contradict themselves. */
export const openBody = (
  request: S3Request,
  { payload, headers }: Authenticated,
  { withoutChecksum = false }: OpenBodyOptions = {},
): Body => {
  const chunked = payload.kind === 'chunked';
  const md5 = readMd5(headers.get('content-md5'));
  const checksum = withoutChecksum ? undefined : readDeclaredChecksum(headers);
  const bytes = readLength(headers, chunked ? 'x-amz-decoded-content-length' : 'content-length');
  const sha256 = payload.kind === 'hashed' ? payload.sha256 : undefined;
  const claims = { sha256, md5, checksum, bytes };
  const source = incomingChunks(request);
  if (!chunked) return { chunks: source, trailers: new Map(), claims };
  const { chunks, trailers } = decodeChunked(source, payload.signing);
  return { chunks, trailers, claims };
};

/** Throws MissingContentLength or EntityTooLarge before a byte is read. */
export const assertStorableLength = ({ claims }: Body): void => {
  if (claims.bytes === undefined) {
    throw new S3Error({
      code: 'MissingContentLength',
      status: 411,
      message: 'You must provide the Content-Length HTTP header.',
    });
  }
  if (claims.bytes > MAX_BODY_BYTES) throw entityTooLarge(claims.bytes, MAX_BODY_BYTES);
};
