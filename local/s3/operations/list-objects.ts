/** ListObjectsV2. */
import { type Operation, quoted } from '../call.ts';
import { invalidArgument } from '../errors.ts';
import { xmlResponse } from '../response.ts';
import type { ObjectVersion } from '../store/version-index.ts';
import { tag, type Xml, xmlDocument } from '../xml.ts';
import { after, owner, readListing, walk } from './key-listing.ts';

const writeToken = (key: string): string => Buffer.from(`k:${key}`).toString('base64url');

const readToken = (token: string): string => {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('k:')) throw invalidArgument('The continuation token provided is incorrect');
  return text.slice(2);
};

const objectElement = (
  version: ObjectVersion,
  encode: (key: string) => string,
  withOwner: boolean,
): Xml =>
  tag('Contents', [
    tag('Key', encode(version.key)),
    tag('LastModified', new Date(version.lastModified).toISOString()),
    tag('ETag', quoted(version.etag)),
    version.checksum && [
      tag('ChecksumAlgorithm', version.checksum.algorithm),
      tag('ChecksumType', version.checksum.type),
    ],
    tag('Size', version.size),
    withOwner ? owner : undefined,
    tag('StorageClass', 'STANDARD'),
  ]);

export const listObjects: Operation = async (call) => {
  const index = call.store.index(call.bucket);
  const { query, prefix, delimiter, encode, limit, echo, prefixElements } = readListing(call);
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const marker = token === undefined ? startAfter : readToken(token);
  const page = walk({
    keys: index.keys(),
    prefix,
    delimiter,
    limit,
    from: marker === undefined ? '' : after(marker),
    skip: token === undefined ? undefined : marker,
    entriesOf: (key) =>
      index
        .versionsOf(key)
        .slice(0, 1)
        .filter((one) => !one.deleteMarker),
  });
  const fetchOwner = query.get('fetch-owner') === 'true';
  return xmlResponse(
    xmlDocument('ListBucketResult', [
      echo,
      tag('KeyCount', page.entries.length + page.prefixes.length),
      tag('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
      tag('ContinuationToken', token),
      tag('IsTruncated', page.last !== undefined),
      tag('NextContinuationToken', page.last && writeToken(page.last.key)),
      page.entries.map((version) => objectElement(version, encode, fetchOwner)),
      prefixElements(page.prefixes),
    ]),
  );
};
