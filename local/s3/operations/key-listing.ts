/** What ListObjectsV2 and ListObjectVersions have in common: keys in order, those behind a delimiter folded into one. */
import type { S3Call } from '../call.ts';
import { invalidArgument } from '../errors.ts';
import { compareKeys, lowerBound } from '../store/key-order.ts';
import { tag, type Xml } from '../xml.ts';

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

/** What both listings are asked, and how they answer it. Throws InvalidArgument. */
export const readListing = (call: S3Call) => {
  const { query } = call.request;
  const [prefix, delimiter] = [query.get('prefix') ?? '', query.get('delimiter') ?? ''];
  const encode = keyEncoder(call);
  const limit = readLimit(call, 'max-keys');
  /** The answer's elements that say what was asked. */
  const echo = [
    tag('Name', call.bucket),
    tag('Prefix', encode(prefix)),
    tag('Delimiter', delimiter === '' ? undefined : encode(delimiter)),
    tag('EncodingType', query.get('encoding-type')),
    tag('MaxKeys', limit),
  ];
  const prefixElements = (prefixes: readonly string[]): Xml[] =>
    prefixes.map((one) => tag('CommonPrefixes', tag('Prefix', encode(one))));
  return { query, prefix, delimiter, encode, limit, echo, prefixElements };
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
export const walk = <Entry>({
  keys,
  prefix,
  delimiter,
  limit,
  ...rest
}: Walk<Entry>): Page<Entry> => {
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

/** The smallest key after `key`. */
export const after = (key: string): string => `${key}\u0000`;

/** Whose everything is. */
export const owner = tag('Owner', [tag('ID', 'laptop'), tag('DisplayName', 'laptop')]);
