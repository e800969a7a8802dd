/** ListObjectVersions. */
import { type Operation, quoted } from '../call.ts';
import { invalidArgument } from '../errors.ts';
import { xmlResponse } from '../response.ts';
import type { ObjectVersion } from '../store/version-index.ts';
import { tag, type Xml, xmlDocument } from '../xml.ts';
import { after, owner, readListing, walk } from './key-listing.ts';

const versionElement = (
  version: ObjectVersion,
  isLatest: boolean,
  encode: (key: string) => string,
): Xml =>
  tag(version.deleteMarker ? 'DeleteMarker' : 'Version', [
    tag('Key', encode(version.key)),
    tag('VersionId', version.versionId),
    tag('IsLatest', isLatest),
    tag('LastModified', new Date(version.lastModified).toISOString()),
    version.deleteMarker
      ? undefined
      : [
          tag('ETag', quoted(version.etag)),
          tag('Size', version.size),
          tag('StorageClass', 'STANDARD'),
        ],
    owner,
  ]);

export const listObjectVersions: Operation = async (call) => {
  const index = call.store.index(call.bucket);
  const { query, prefix, delimiter, encode, limit, echo, prefixElements } = readListing(call);
  const keyMarker = query.get('key-marker');
  const versionMarker = query.get('version-id-marker');
  if (versionMarker !== undefined && keyMarker === undefined) {
    throw invalidArgument('A version-id marker cannot be specified without a key marker.');
  }
  const page = walk({
    keys: index.keys(),
    prefix,
    delimiter,
    limit,
    // With a version marker the rest of that key's versions is still to come.
    from: keyMarker === undefined ? '' : versionMarker ? keyMarker : after(keyMarker),
    skip: keyMarker,
    entriesOf: (key) => {
      const versions = index.versionsOf(key);
      if (key !== keyMarker) return versions;
      return versions.slice(1 + versions.findIndex((one) => one.versionId === versionMarker));
    },
  });
  return xmlResponse(
    xmlDocument('ListVersionsResult', [
      echo,
      tag('KeyMarker', encode(keyMarker ?? '')),
      tag('VersionIdMarker', versionMarker ?? ''),
      tag('IsTruncated', page.last !== undefined),
      tag('NextKeyMarker', page.last && encode(page.last.key)),
      tag('NextVersionIdMarker', page.last?.entry?.versionId),
      page.entries.map((version) =>
        versionElement(version, index.versionsOf(version.key)[0] === version, encode),
      ),
      prefixElements(page.prefixes),
    ]),
  );
};
