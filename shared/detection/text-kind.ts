/** Tells kinds of text apart: JSON, JSON Lines, XML, SVG, HTML, CSV, TSV, or just text. */
import { type Dialect, sniffDialect } from './dialect.ts';

/** Kinds that a file name may decide between when the bytes allow both. */
const KIND_OF_EXTENSION: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
  tab: 'text/tab-separated-values',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
  txt: 'text/plain',
  log: 'text/plain',
  md: 'text/plain',
  xml: 'application/xml',
};

/** Root elements that make a document without an XML declaration HTML. */
const HTML_ROOTS: ReadonlySet<string> = new Set(
  'html head body title meta link style script div span p a b i ul ol table form h1 h2 h3 pre br img center font iframe main nav section article'.split(
    ' ',
  ),
);

/** Roots that only HTML has, whatever the file is called: as a page they would run. */
const SURELY_HTML: ReadonlySet<string> = new Set(
  'html head body meta script style iframe'.split(' '),
);

/** Evenness from which a few ragged records do not matter. */
const MOSTLY_EVEN = 0.9;

const hintOf = (name: string | undefined): string | undefined =>
  KIND_OF_EXTENSION[name?.toLowerCase().match(/\.([a-z]+)$/)?.[1] ?? ''];

const skipSpace = (text: string, from: number): number => {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text.charAt(at))) at += 1;
  return at;
};

const after = (text: string, end: string, from: number): number => {
  const at = text.indexOf(end, from);
  return at === -1 ? text.length : at + end.length;
};

/** Where a DOCTYPE ends: an internal subset in brackets may hold `>` of its own. */
const afterDoctype = (text: string, from: number): number => {
  const close = text.indexOf('>', from);
  const open = text.indexOf('[', from);
  return open !== -1 && open < close
    ? after(text, '>', after(text, ']', open))
    : after(text, '>', from);
};

/** What a root without an XML declaration makes of a document. */
const isHtmlRoot = (root: string, isCalledXml: boolean): boolean =>
  (isCalledXml ? SURELY_HTML : HTML_ROOTS).has(root.toLowerCase());

const rootKind = (
  text: string,
  at: number,
  { isDeclared, isCalledXml }: { readonly isDeclared: boolean; readonly isCalledXml: boolean },
): string | undefined => {
  if (at >= text.length) return isDeclared ? 'application/xml' : undefined;
  const [tag, local = ''] =
    /^<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)(?=[\s/>]|$)/.exec(text.slice(at, at + 256)) ?? [];
  if (tag === undefined) return isDeclared ? 'application/xml' : undefined;
  if (local === 'svg') return 'image/svg+xml';
  const isPrefixed = tag.includes(':');
  if (!isDeclared && !isPrefixed && isHtmlRoot(local, isCalledXml)) return 'text/html';
  // A lone `<word` at the start of prose is no document: something must be closed as well.
  return isDeclared || isCalledXml || text.includes('</', at) || text.includes('/>', at)
    ? 'application/xml'
    : undefined;
};

const markupKind = (text: string, isCalledXml: boolean): string | undefined => {
  let isDeclared = false;
  let at = skipSpace(text, 0);
  for (;;) {
    if (text.startsWith('<?xml', at)) isDeclared = true;
    if (text.startsWith('<?', at)) at = after(text, '?>', at);
    else if (text.startsWith('<!--', at)) at = after(text, '-->', at + 4);
    else if (/^<!doctype\s/i.test(text.slice(at, at + 10))) {
      const name = /^\S+\s+([\w:.-]+)/.exec(text.slice(at, at + 256))?.[1]?.toLowerCase();
      if (name === 'html') return 'text/html';
      if (name === 'svg') return 'image/svg+xml';
      isDeclared = true;
      at = afterDoctype(text, at);
    } else break;
    at = skipSpace(text, at);
  }
  return rootKind(text, at, { isDeclared, isCalledXml });
};

const JSON_TOKEN = /[[\]{}:,]|"(?:[^"\\]|\\.)*(?:"|$)|-?[0-9][0-9.eE+-]*|true|false|null/y;

interface JsonShape {
  /** Offset right after the first complete value, or undefined when the head ends inside it. */
  readonly end: number | undefined;
  readonly tokens: number;
  readonly isClean: boolean;
}

/** Follows JSON tokens from a bracket on; what is between them is left to the step that checks JSON. */
const jsonShape = (text: string, start: number): JsonShape => {
  let depth = 0;
  let tokens = 0;
  let at = start;
  while (at < text.length) {
    JSON_TOKEN.lastIndex = at;
    const token = JSON_TOKEN.exec(text)?.[0];
    // The head may be cut inside a number or a word, so its last bytes prove nothing.
    if (token === undefined)
      return { end: undefined, tokens, isClean: at > text.length - 6 && tokens > 1 };
    tokens += 1;
    if (token === '{' || token === '[') depth += 1;
    if (token === '}' || token === ']') depth -= 1;
    at = skipSpace(text, JSON_TOKEN.lastIndex);
    if (depth <= 0) return { end: JSON_TOKEN.lastIndex, tokens, isClean: true };
  }
  return { end: undefined, tokens, isClean: true };
};

/** A text that is one number, word or string is JSON only where its name says so. */
const SCALAR = /^[ \t\r\n]*(?:true|false|null|-?\d|")/;

const isScalar = (text: string): boolean => {
  if (!SCALAR.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
};

const jsonKind = ({ text, isWhole }: TextHead, hint: string | undefined): string | undefined => {
  const start = skipSpace(text, 0);
  const first = text.charAt(start);
  if (hint === 'application/json' && isWhole && isScalar(text)) return hint;
  if (first !== '{' && first !== '[') return undefined;
  if (hint === 'application/json') return hint;
  const { end, isClean } = jsonShape(text, start);
  const looksKeyed = /^\{\s*"(?:[^"\\]|\\.){0,512}"\s*:/.test(text.slice(start, start + 1024));
  if (end === undefined) {
    if (!isClean && !looksKeyed) return undefined;
    return hint === 'application/x-ndjson' ? hint : 'application/json';
  }
  const next = skipSpace(text, end);
  if (next >= text.length) return hint === 'application/x-ndjson' ? hint : 'application/json';
  const isNextLine = text.slice(end, next).includes('\n');
  return isNextLine && '{['.includes(text.charAt(next)) ? 'application/x-ndjson' : undefined;
};

const isTable = ({
  columns,
  records,
  evenness,
  delimiter,
  endsLines,
  isDeclared,
}: Dialect): 'yes' | 'maybe' | 'no' => {
  if (isDeclared && records > 0) return 'yes';
  if (records < 2 || evenness < MOSTLY_EVEN || endsLines) return 'no';
  if (columns >= 3 && delimiter !== '|') return 'yes';
  return '\t\x1f'.includes(delimiter) && records >= 3 ? 'yes' : 'maybe';
};

/** Prose has a blank behind each comma; so have some tables, so a name must say that it is prose. */
const isProse = (text: string, { delimiter }: Dialect): boolean => {
  for (let at = text.indexOf(delimiter); at !== -1; at = text.indexOf(delimiter, at + 1)) {
    if (!' \r\n'.includes(text.charAt(at + 1))) return false;
  }
  return true;
};

const typeOf = ({ delimiter }: Dialect): string =>
  delimiter === '\t' ? 'text/tab-separated-values' : 'text/csv';

const tableKind = (
  text: string,
  isWhole: boolean,
  hint: string | undefined,
): string | undefined => {
  const isHinted = hint === 'text/csv' || hint === 'text/tab-separated-values';
  const dialect = sniffDialect(Buffer.from(text), isWhole);
  const verdict = dialect === undefined ? 'no' : isTable(dialect);
  if (dialect === undefined || verdict === 'no') return isHinted ? hint : undefined;
  if (hint === 'text/plain' && isProse(text, dialect)) return undefined;
  if (verdict === 'yes' || isHinted) return typeOf(dialect);
  return undefined;
};

export interface TextHead {
  /** The decoded first bytes, without a byte-order mark. */
  readonly text: string;
  /** Whether `text` is the whole file. */
  readonly isWhole: boolean;
  readonly name: string | undefined;
}

/** The table type of these characters, or undefined when they are not evenly split. */
export const evenTableKind = ({ text, isWhole, name }: TextHead): string | undefined => {
  const dialect = sniffDialect(Buffer.from(text), isWhole);
  if (dialect === undefined) return undefined;
  const verdict = isTable(dialect);
  const isTabular = verdict === 'yes' || (verdict === 'maybe' && hintOf(name) !== undefined);
  return isTabular ? typeOf(dialect) : undefined;
};

/** The type of a text; the name only breaks ties between kinds that the characters allow. Never throws. */
export const textKind = (head: TextHead): string => {
  const { text, isWhole, name } = head;
  const hint = hintOf(name);
  return (
    markupKind(text, hint === 'application/xml') ??
    jsonKind(head, hint) ??
    tableKind(text, isWhole, hint) ??
    'text/plain'
  );
};
