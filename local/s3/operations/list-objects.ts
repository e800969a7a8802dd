/** ListObjectsV2 and ListObjectVersions. */
import { type Operation, quoted, type S3Call } from '../call.ts';
import { invalidArgument } from '../errors.ts';
import { xmlResponse } from '../response.ts';
import { compareKeys, lowerBound } from '../store/key-order.ts';
import type { ObjectVersion } from '../store/version-index.ts';
import { tag, type Xml, xmlDocument } from '../xml.ts';

const MAX_KEYS = 1000;

/** A number from the query between 0 and `most`; more is taken as `most`, as AWS does. */
export const readLimit = (call: S3Call, name: string, most = MAX_KEYS): number => {
  const text = call.request.query.get(name);
  if (text === undefined || text === '') return most;
  if (!/^\d{1,10}$/.test(text) || Number(text) > 2_147_483_647) {
    throw invalidArgument(`Provided ${name} not an integer or within integer range`, {
      ArgumentName: name,
      ArgumentValue: text,
    });
  }
  return Math.min(Number(text), most);
};

/** How keys stand in the answer: as they are, or percent-encoded when the caller asks for it. */
const keyEncoder = ({ request }: S3Call): ((key: string) => string) => {
  const encoding = request.query.get('encoding-type');
  if (encoding === undefined) return (key) => key;
  if (encoding !== 'url') throw invalidArgument('Invalid Encoding Method specified in Request');
  return (key) => encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
};

/** The part of a key up to and with the first delimiter after the prefix. */
const commonPrefix = (key: string, prefix: string, delimiter: string): string | undefined => {
  if (delimiter === '') return undefined;
  const at = key.indexOf(delimiter, prefix.length);
  return at < 0 ? undefined : key.slice(0, at + delimiter.length);
};

interface Page<Entry> {
  readonly entries: readonly Entry[];
  readonly prefixes: readonly string[];
  /** Set when there is more: the last entry or common prefix of this page. */
  readonly last: { readonly key: string; readonly entry: Entry | undefined } | undefined;
}

interface Walk<Entry> {
  readonly keys: readonly string[];
  readonly prefix: string;
  readonly delimiter: string;
  readonly limit: number;
  /** First key worth looking at. */
  readonly from: string;
  /** A common prefix that was already reported. */
  readonly skip: string | undefined;
  readonly entriesOf: (key: string) => readonly Entry[];
}

/** Walks keys in order, folding those behind a delimiter into one common prefix each. */
const walk = <Entry>({ keys, prefix, delimiter, limit, ...rest }: Walk<Entry>): Page<Entry> => {
  const entries: Entry[] = [];
  const prefixes: string[] = [];
  let last: Page<Entry>['last'];
  const full = () => entries.length + prefixes.length >= limit;
  const start = compareKeys(rest.from, prefix) < 0 ? prefix : rest.from;
  for (let at = lowerBound(keys, start); at < keys.length; at += 1) {
    const key = keys[at] ?? '';
    if (!key.startsWith(prefix)) break;
    const common = commonPrefix(key, prefix, delimiter);
    if (common !== undefined) {
      if (common === rest.skip || common === prefixes.at(-1)) continue;
      if (rest.entriesOf(key).length === 0) continue;
      if (full()) return { entries, prefixes, last };
      prefixes.push(common);
      last = { key: common, entry: undefined };
      continue;
    }
    for (const entry of rest.entriesOf(key)) {
      if (full()) return { entries, prefixes, last };
      entries.push(entry);
      last = { key, entry };
    }
  }
  return { entries, prefixes, last: undefined };
};

const writeToken = (key: string): string => Buffer.from(`k:${key}`).toString('base64url');

const readToken = (token: string): string => {
  const text = Buffer.from(token, 'base64url').toString('utf8');
  if (!text.startsWith('k:')) throw invalidArgument('The continuation token provided is incorrect');
  return text.slice(2);
};

const owner = tag('Owner', [tag('ID', 'laptop'), tag('DisplayName', 'laptop')]);

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

const prefixElements = (prefixes: readonly string[], encode: (key: string) => string): Xml[] =>
  prefixes.map((prefix) => tag('CommonPrefixes', tag('Prefix', encode(prefix))));

/** The smallest key after `key`. */
const after = (key: string): string => `${key}\u0000`;

export const listObjects: Operation = async (call) => {
  const { store, bucket, request } = call;
  const index = store.index(bucket);
  const { query } = request;
  const encode = keyEncoder(call);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const token = query.get('continuation-token');
  const startAfter = query.get('start-after');
  const marker = token === undefined ? startAfter : readToken(token);
  const limit = readLimit(call, 'max-keys');
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
      tag('Name', bucket),
      tag('Prefix', encode(prefix)),
      tag('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
      tag('EncodingType', query.get('encoding-type')),
      tag('MaxKeys', limit),
      tag('KeyCount', page.entries.length + page.prefixes.length),
      tag('StartAfter', startAfter === undefined ? undefined : encode(startAfter)),
      tag('ContinuationToken', token),
      tag('IsTruncated', page.last !== undefined),
      tag('NextContinuationToken', page.last && writeToken(page.last.key)),
      page.entries.map((version) => objectElement(version, encode, fetchOwner)),
      prefixElements(page.prefixes, encode),
    ]),
  );
};

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
  const { store, bucket, request } = call;
  const index = store.index(bucket);
  const { query } = request;
  const encode = keyEncoder(call);
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const keyMarker = query.get('key-marker');
  const versionMarker = query.get('version-id-marker');
  if (versionMarker !== undefined && keyMarker === undefined) {
    throw invalidArgument('A version-id marker cannot be specified without a key marker.');
  }
  const limit = readLimit(call, 'max-keys');
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
      tag('Name', bucket),
      tag('Prefix', encode(prefix)),
      tag('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
      tag('EncodingType', query.get('encoding-type')),
      tag('KeyMarker', encode(keyMarker ?? '')),
      tag('VersionIdMarker', versionMarker ?? ''),
      tag('MaxKeys', limit),
      tag('IsTruncated', page.last !== undefined),
      tag('NextKeyMarker', page.last && encode(page.last.key)),
      tag('NextVersionIdMarker', page.last?.entry?.versionId),
      page.entries.map((version) =>
        versionElement(version, index.versionsOf(version.key)[0] === version, encode),
      ),
      prefixElements(page.prefixes, encode),
    ]),
  );
};
