/** Which request headers become part of an object, and how they are sent back. */
import { checksumHeader } from './checksums.ts';
import { notImplemented, S3Error } from './errors.ts';
import type { HeaderPairs, ObjectAttributes, ObjectVersion } from './store/version-index.ts';

const META_PREFIX = 'x-amz-meta-';
// The AWS limit for the sum of names and values of user metadata.
const MAX_METADATA_BYTES = 2048;

const keptHeaders = [
  'cache-control',
  'content-disposition',
  'content-language',
  'expires',
  'x-amz-storage-class',
] as const;

const refusedHeaders = [
  'x-amz-tagging',
  'x-amz-website-redirect-location',
  'x-amz-object-lock-mode',
  'x-amz-object-lock-legal-hold',
  'x-amz-server-side-encryption-customer-algorithm',
  'x-amz-server-side-encryption-aws-kms-key-id',
  'x-amz-write-offset-bytes',
] as const;

const assertSupported = (headers: ReadonlyMap<string, string>): void => {
  for (const name of refusedHeaders) if (headers.has(name)) throw notImplemented(name);
  const encryption = headers.get('x-amz-server-side-encryption');
  if (encryption !== undefined && encryption !== 'AES256') {
    throw notImplemented(`server-side encryption with ${encryption}`);
  }
};

/** `aws-chunked` describes the transfer, not the object, so S3 does not keep it. */
const keptEncoding = (value: string | undefined): string | undefined => {
  const kept = (value ?? '')
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'aws-chunked');
  return kept.length > 0 ? kept.join(',') : undefined;
};

const readMetadata = (headers: ReadonlyMap<string, string>): HeaderPairs => {
  const metadata = [...headers]
    .filter(([name]) => name.startsWith(META_PREFIX))
    .map(([name, value]) => [name.slice(META_PREFIX.length), value] as const);
  const bytes = metadata.reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0);
  if (bytes > MAX_METADATA_BYTES) {
    throw new S3Error({
      code: 'MetadataTooLarge',
      status: 400,
      message: 'Your metadata headers exceed the maximum allowed metadata size',
      fields: { Size: String(bytes), MaxSizeAllowed: String(MAX_METADATA_BYTES) },
    });
  }
  return metadata;
};

/** Throws NotImplemented for a header whose effect this server does not have. */
export const readAttributes = (headers: ReadonlyMap<string, string>): ObjectAttributes => {
  assertSupported(headers);
  const kept: [string, string][] = [
    ['content-type', headers.get('content-type') || 'binary/octet-stream'],
  ];
  const encoding = keptEncoding(headers.get('content-encoding'));
  if (encoding !== undefined) kept.push(['content-encoding', encoding]);
  for (const name of keptHeaders) {
    const value = headers.get(name);
    if (value !== undefined) kept.push([name, value]);
  }
  return { headers: kept, metadata: readMetadata(headers) };
};

/** Headers arrive as Latin-1; S3 reads them as UTF-8 and sends what is not ASCII back by RFC 2047. */
const asHeaderValue = (value: string): string => {
  if (/^[\x20-\x7e\t]*$/.test(value)) return value;
  const onlyLatin = [...value].every((character) => character.charCodeAt(0) <= 0xff);
  const bytes = Buffer.from(value, onlyLatin ? 'latin1' : 'utf8');
  return `=?UTF-8?B?${bytes.toString('base64')}?=`;
};

/** The headers of GET and HEAD that describe the version itself. */
export const versionHeaders = (
  version: ObjectVersion,
  options: { readonly versioned: boolean; readonly withChecksum: boolean },
): Record<string, string> => {
  const headers: Record<string, string> = {
    'accept-ranges': 'bytes',
    etag: `"${version.etag}"`,
    'last-modified': new Date(version.lastModified).toUTCString(),
    'x-amz-server-side-encryption': 'AES256',
  };
  for (const [name, value] of version.headers) headers[name] = asHeaderValue(value);
  for (const [name, value] of version.metadata) {
    headers[`${META_PREFIX}${name}`] = asHeaderValue(value);
  }
  if (options.versioned) headers['x-amz-version-id'] = version.versionId;
  if (options.withChecksum && version.checksum !== undefined) {
    headers[checksumHeader(version.checksum.algorithm)] = version.checksum.value;
    headers['x-amz-checksum-type'] = version.checksum.type;
  }
  return headers;
};
