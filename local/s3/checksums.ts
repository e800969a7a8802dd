/** The checksums S3 accepts beside MD5: which one a request names, and how each is computed. */
import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import { invalidRequest, notImplemented } from './errors.ts';

const algorithms = ['CRC32', 'CRC32C', 'SHA1', 'SHA256'] as const;
export type ChecksumAlgorithm = (typeof algorithms)[number];

export interface StoredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Base64; a composite of a multipart upload ends in `-<parts>`. */
  readonly value: string;
  readonly type: 'FULL_OBJECT' | 'COMPOSITE';
}

export interface RunningChecksum {
  update(chunk: Uint8Array): void;
  digest(): Buffer;
}

const digestBytes: Readonly<Record<ChecksumAlgorithm, number>> = {
  CRC32: 4,
  CRC32C: 4,
  SHA1: 20,
  SHA256: 32,
};

// Castagnoli polynomial, bit-reversed (RFC 3720 appendix B.4).
const CASTAGNOLI = 0x82f63b78;
const castagnoliTable = Uint32Array.from({ length: 256 }, (_, byte) => {
  let remainder = byte;
  for (let bit = 0; bit < 8; bit += 1) {
    remainder = remainder & 1 ? (remainder >>> 1) ^ CASTAGNOLI : remainder >>> 1;
  }
  return remainder;
});

const crc32c = (chunk: Uint8Array, seed: number): number => {
  let remainder = ~seed;
  for (const byte of chunk) {
    remainder = (castagnoliTable[(remainder ^ byte) & 0xff] ?? 0) ^ (remainder >>> 8);
  }
  return ~remainder >>> 0;
};

const runningCrc = (step: (chunk: Uint8Array, seed: number) => number): RunningChecksum => {
  let value = 0;
  return {
    update: (chunk) => {
      value = step(chunk, value);
    },
    digest: () => {
      const bytes = Buffer.alloc(4);
      bytes.writeUInt32BE(value >>> 0);
      return bytes;
    },
  };
};

export const createChecksum = (algorithm: ChecksumAlgorithm): RunningChecksum => {
  if (algorithm === 'CRC32') return runningCrc((chunk, seed) => crc32(chunk, seed));
  if (algorithm === 'CRC32C') return runningCrc(crc32c);
  const hash = createHash(algorithm);
  return { update: (chunk) => void hash.update(chunk), digest: () => hash.digest() };
};

export const checksumHeader = (algorithm: ChecksumAlgorithm): string =>
  `x-amz-checksum-${algorithm.toLowerCase()}`;

/** Element name in XML answers, such as `ChecksumSHA256`. */
export const checksumElement = (algorithm: ChecksumAlgorithm): string => `Checksum${algorithm}`;

export const readAlgorithm = (name: string): ChecksumAlgorithm => {
  const found = algorithms.find((algorithm) => algorithm === name.toUpperCase());
  if (found !== undefined) return found;
  if (name.toUpperCase() === 'CRC64NVME') throw notImplemented('the CRC64NVME checksum');
  throw invalidRequest(
    'Checksum algorithm provided is unsupported. Please try again with any of the valid types: [CRC32, CRC32C, SHA1, SHA256]',
  );
};

export interface DeclaredChecksum {
  readonly algorithm: ChecksumAlgorithm;
  /** Undefined when the value follows the body, in a trailer. */
  readonly value: string | undefined;
}

const invalidValue = (algorithm: ChecksumAlgorithm) =>
  invalidRequest(`Value for ${checksumHeader(algorithm)} header is invalid.`);

/** Throws InvalidRequest unless `value` is the base64 of a digest of the right length. */
export const assertChecksumValue = (algorithm: ChecksumAlgorithm, value: string): void => {
  const bytes = Buffer.from(value, 'base64');
  if (bytes.length !== digestBytes[algorithm] || bytes.toString('base64') !== value) {
    throw invalidValue(algorithm);
  }
};

const notAlgorithms = new Set([
  'x-amz-checksum-algorithm',
  'x-amz-checksum-mode',
  'x-amz-checksum-type',
]);

/** The one checksum a request claims for its body. Throws InvalidRequest for two or for a broken one. */
export const readDeclaredChecksum = (
  headers: ReadonlyMap<string, string>,
): DeclaredChecksum | undefined => {
  const declared: DeclaredChecksum[] = [];
  for (const [name, value] of headers) {
    if (!name.startsWith('x-amz-checksum-') || notAlgorithms.has(name)) continue;
    const algorithm = readAlgorithm(name.slice('x-amz-checksum-'.length));
    assertChecksumValue(algorithm, value);
    declared.push({ algorithm, value });
  }
  const trailer = headers.get('x-amz-trailer')?.trim().toLowerCase();
  if (trailer?.startsWith('x-amz-checksum-')) {
    const algorithm = readAlgorithm(trailer.slice('x-amz-checksum-'.length));
    declared.push({ algorithm, value: undefined });
  }
  if (declared.length > 1) {
    throw invalidRequest(
      'Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.',
    );
  }
  if (declared.length === 0 && headers.has('x-amz-sdk-checksum-algorithm')) {
    throw invalidRequest(
      'x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were found.',
    );
  }
  return declared[0];
};
