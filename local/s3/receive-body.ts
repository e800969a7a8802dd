/** Receives a request body in constant memory and holds it to everything the request claimed about it. */
import { createHash } from 'node:crypto';
import { open, rm } from 'node:fs/promises';
import { type Body, MAX_BODY_BYTES } from './body.ts';
import {
  assertChecksumValue,
  type ChecksumAlgorithm,
  checksumHeader,
  createChecksum,
  type DeclaredChecksum,
  type StoredChecksum,
} from './checksums.ts';
import { badDigest, entityTooLarge, invalidRequest, S3Error } from './errors.ts';

export interface Received {
  readonly size: number;
  /** Hex. */
  readonly md5: string;
  readonly checksum: StoredChecksum | undefined;
}

const expectedChecksum = (
  { algorithm, value }: DeclaredChecksum,
  trailers: ReadonlyMap<string, string>,
): string => {
  if (value !== undefined) return value;
  const trailer = trailers.get(checksumHeader(algorithm));
  if (trailer === undefined) {
    throw new S3Error({
      code: 'MalformedTrailerError',
      status: 400,
      message: 'The request contained trailing data that was not well-formed.',
    });
  }
  assertChecksumValue(algorithm, trailer);
  return trailer;
};

/** Hashes what passes; `finish` throws when a claim does not hold. `compute` asks for a checksum nobody claimed. */
const createVerifier = (
  { claims, trailers }: Omit<Body, 'chunks'>,
  compute: ChecksumAlgorithm | undefined,
) => {
  let size = 0;
  const md5 = createHash('md5');
  const sha256 = claims.sha256 === undefined ? undefined : createHash('sha256');
  const algorithm = claims.checksum?.algorithm ?? compute;
  const running = algorithm === undefined ? undefined : createChecksum(algorithm);

  const update = (chunk: Buffer): number => {
    size += chunk.length;
    md5.update(chunk);
    sha256?.update(chunk);
    running?.update(chunk);
    return size;
  };

  const finish = (): Received => {
    if (claims.bytes !== undefined && claims.bytes !== size) {
      throw new S3Error({
        code: 'IncompleteBody',
        status: 400,
        message: `The request announced ${claims.bytes} bytes and carried ${size}.`,
      });
    }
    if (sha256 !== undefined && sha256.digest('hex') !== claims.sha256) {
      throw new S3Error({
        code: 'XAmzContentSHA256Mismatch',
        status: 400,
        message: "The provided 'x-amz-content-sha256' header does not match what was computed.",
      });
    }
    const md5Digest = md5.digest();
    if (claims.md5 !== undefined && md5Digest.toString('base64') !== claims.md5) {
      throw badDigest('The Content-MD5 you specified did not match what we received.');
    }
    const value = running?.digest().toString('base64');
    if (claims.checksum !== undefined && expectedChecksum(claims.checksum, trailers) !== value) {
      throw badDigest(
        `The ${claims.checksum.algorithm} you specified did not match the calculated checksum.`,
      );
    }
    const checksum =
      algorithm === undefined || value === undefined
        ? undefined
        : ({ algorithm, value, type: 'FULL_OBJECT' } as const);
    return { size, md5: md5Digest.toString('hex'), checksum };
  };
  return { update, finish };
};

export interface ReceiveToFile {
  readonly body: Body;
  /** Must not exist yet; it is removed again when anything fails. */
  readonly path: string;
  readonly compute?: ChecksumAlgorithm | undefined;
  /** Called with the size so far; throws to stop early. */
  readonly onSize?: (size: number) => void;
  /** Called with the whole size before any claim is verified; throws to refuse. */
  readonly onEnd?: (size: number) => void;
}

/** Streams the body to `path` and verifies it. Nothing stays behind when it throws. */
export const receiveToFile = async ({
  body,
  path,
  compute,
  onSize,
  onEnd,
}: ReceiveToFile): Promise<Received> => {
  const verifier = createVerifier(body, compute);
  const file = await open(path, 'wx');
  try {
    let size = 0;
    for await (const chunk of body.chunks) {
      size = verifier.update(chunk);
      if (size > MAX_BODY_BYTES) throw entityTooLarge(size, MAX_BODY_BYTES);
      onSize?.(size);
      await writeWhole(file, chunk);
    }
    onEnd?.(size);
    const received = verifier.finish();
    await file.close();
    return received;
  } catch (error) {
    await file.close().catch(() => undefined);
    await rm(path, { force: true });
    throw error;
  }
};

const writeWhole = async (file: Awaited<ReturnType<typeof open>>, chunk: Buffer): Promise<void> => {
  let written = 0;
  while (written < chunk.length) {
    const { bytesWritten } = await file.write(chunk, written, chunk.length - written);
    written += bytesWritten;
  }
};

/** Reads and verifies a small XML body. */
export const receiveText = async (body: Body, limitBytes: number): Promise<string> => {
  const verifier = createVerifier(body, undefined);
  const chunks: Buffer[] = [];
  for await (const chunk of body.chunks) {
    if (verifier.update(chunk) > limitBytes) throw invalidRequest('The request body is too long.');
    chunks.push(chunk);
  }
  verifier.finish();
  return Buffer.concat(chunks).toString('utf8');
};
