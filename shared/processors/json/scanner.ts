/** Checks JSON (RFC 8259) character by character, with a stack of brackets in place of recursion. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createMembers, type JsonType, type MemberNode, type Members, noteKey } from './members.ts';

/** What may come next. */
const VALUE = 0;
const FIRST_VALUE = 1;
const KEY = 2;
const FIRST_KEY = 3;
const COLON = 4;
const COMMA = 5;
const STRING = 6;
const ESCAPE = 7;
const HEX = 8;
const NUMBER = 9;
const WORD = 10;
const DONE = 11;

/** Longer keys are told apart by their first characters only. */
const KEY_LENGTH = 256;
/** Digits of the longest number that is read; a double has 17 that count. */
const NUMBER_LENGTH = 1_000;
const NUMBER_SHAPE = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/;
const WORDS: Readonly<Record<string, JsonType>> = {
  true: 'boolean',
  false: 'boolean',
  null: 'null',
};
const ESCAPES: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
};

/** What ends a run of characters that stand for themselves. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what JSON forbids within strings.
const STRING_STOP = /["\\\u0000-\u001f]/g;
const TOKEN_STOP = /[^-+.0-9a-zA-Z]/g;

interface Level {
  readonly isObject: boolean;
  readonly keys: Set<string>;
  /** Where its members are noted; undefined where they are not. */
  readonly node: MemberNode | undefined;
  key: string;
}

export interface JsonScan {
  /** One value per line. */
  readonly isLines: boolean;
  readonly onDepth: (depth: number) => void;
  readonly counts: Record<JsonType, number>;
  readonly members: Members;
  readonly levels: Level[];
  state: number;
  isKey: boolean;
  /** The key, number, word or escape that is being read. */
  token: string;
  hex: string;
  root: JsonType | undefined;
  documents: number;
  depth: number;
  duplicateKeys: number;
  isEveryKeyChecked: boolean;
  line: number;
  /** Offsets in characters: of the line, and of what is being read. */
  lineStart: number;
  position: number;
  hasLineEnded: boolean;
}

export const createJsonScan = (isLines: boolean, onDepth: (depth: number) => void): JsonScan => ({
  isLines,
  onDepth,
  counts: { object: 0, array: 0, string: 0, number: 0, boolean: 0, null: 0 },
  members: createMembers(),
  levels: [],
  state: VALUE,
  isKey: false,
  token: '',
  hex: '',
  root: undefined,
  documents: 0,
  depth: 0,
  duplicateKeys: 0,
  isEveryKeyChecked: true,
  line: 1,
  lineStart: 0,
  position: 0,
  hasLineEnded: true,
});

const fail = ({ line, lineStart, position }: JsonScan, what: string): never => {
  const column = position - lineStart + 1;
  throw new NonRetryableError('corrupt', { detail: `Line ${line}, column ${column}: ${what}.` });
};

/** Members are told of records: of the document itself, or of the elements of an array at its root. */
const noteMember = ({ root, levels, members }: JsonScan, type: JsonType) => {
  const level = levels.at(-1);
  const outside = root === 'array' ? 1 : 0;
  if (levels.length === outside) return level?.isObject ? undefined : members.record;
  if (level?.node === undefined) return undefined;
  return members.add(level.node, level.isObject ? level.key : undefined, type);
};

const endValue = (scan: JsonScan, type: JsonType): void => {
  scan.counts[type] += 1;
  scan.root ??= type;
  if (scan.levels.length > 0) {
    if (type !== 'object' && type !== 'array') noteMember(scan, type);
    scan.state = COMMA;
    return;
  }
  scan.documents += 1;
  scan.state = DONE;
  scan.hasLineEnded = false;
};

const open = (scan: JsonScan, isObject: boolean): void => {
  const node = noteMember(scan, isObject ? 'object' : 'array');
  scan.levels.push({ isObject, keys: new Set(), node, key: '' });
  scan.depth = Math.max(scan.depth, scan.levels.length);
  scan.onDepth(scan.levels.length);
  scan.state = isObject ? FIRST_KEY : FIRST_VALUE;
};

const close = (scan: JsonScan, isObject: boolean): void => {
  if (scan.levels.at(-1)?.isObject !== isObject) fail(scan, 'the brackets do not match');
  scan.levels.pop();
  endValue(scan, isObject ? 'object' : 'array');
};

const beginToken = (scan: JsonScan, state: number, token: string): void => {
  scan.state = state;
  scan.token = token;
};

const beginValue = (scan: JsonScan, char: string): void => {
  if (scan.levels.length === 0 && scan.documents === 0) {
    scan.root = char === '{' ? 'object' : char === '[' ? 'array' : undefined;
  }
  if (char === '{') open(scan, true);
  else if (char === '[') open(scan, false);
  else if (char === '"') {
    scan.isKey = false;
    beginToken(scan, STRING, '');
  } else if (char === '-' || (char >= '0' && char <= '9')) beginToken(scan, NUMBER, char);
  else if (char === 't' || char === 'f' || char === 'n') beginToken(scan, WORD, char);
  else fail(scan, 'a value was expected');
};

const endKey = (scan: JsonScan): void => {
  const level = scan.levels.at(-1);
  if (level === undefined) return;
  const found = noteKey(level.keys, scan.token);
  if (found === 'duplicate') scan.duplicateKeys += 1;
  if (found === 'unchecked') scan.isEveryKeyChecked = false;
  level.key = scan.token;
  scan.state = COLON;
};

const endNumber = (scan: JsonScan): void => {
  if (!NUMBER_SHAPE.test(scan.token)) fail(scan, 'this is no number');
  endValue(scan, 'number');
};

const endWord = (scan: JsonScan): void => {
  const type = WORDS[scan.token];
  if (type === undefined) return void fail(scan, 'true, false or null was expected');
  endValue(scan, type);
};

/** Takes as much of a string as has no meaning of its own; returns where it ends. */
const onString = (scan: JsonScan, text: string, at: number): number => {
  STRING_STOP.lastIndex = at;
  const end = STRING_STOP.exec(text)?.index ?? text.length;
  if (scan.isKey && scan.token.length < KEY_LENGTH) scan.token += text.slice(at, end);
  if (end === text.length) return end;
  const char = text.charAt(end);
  scan.position += end - at;
  if (char === '\\') scan.state = ESCAPE;
  else if (char !== '"') fail(scan, 'a control character stands within a string');
  else if (scan.isKey) endKey(scan);
  else endValue(scan, 'string');
  return end + 1;
};

const onEscape = (scan: JsonScan, char: string): void => {
  if (char === 'u') {
    scan.hex = '';
    scan.state = HEX;
    return;
  }
  const meant = ESCAPES[char];
  if (meant === undefined) fail(scan, 'this escape does not exist');
  else if (scan.isKey) scan.token += meant;
  scan.state = STRING;
};

const onHex = (scan: JsonScan, char: string): void => {
  if (!/[0-9a-fA-F]/.test(char)) fail(scan, 'four hexadecimal digits were expected');
  scan.hex += char;
  if (scan.hex.length < 4) return;
  if (scan.isKey) scan.token += String.fromCharCode(Number.parseInt(scan.hex, 16));
  scan.state = STRING;
};

/** Numbers and words end with the first character that cannot be theirs, which is then looked at anew. */
const onToken = (scan: JsonScan, text: string, at: number): number => {
  TOKEN_STOP.lastIndex = at;
  const end = TOKEN_STOP.exec(text)?.index ?? text.length;
  scan.token += text.slice(at, end);
  if (scan.token.length > NUMBER_LENGTH) fail(scan, 'this is too long for a number or a word');
  if (end < text.length) endToken(scan);
  return end;
};

const endToken = (scan: JsonScan): void => {
  if (scan.state === NUMBER) endNumber(scan);
  else endWord(scan);
};

const onSpace = (scan: JsonScan, char: string): void => {
  if (char !== '\n') return;
  if (scan.isLines && scan.levels.length > 0) fail(scan, 'the line ends within a value');
  scan.line += 1;
  scan.lineStart = scan.position + 1;
  scan.hasLineEnded = true;
};

const beginKey = (scan: JsonScan, char: string): void => {
  if (char !== '"') fail(scan, 'a key in double quotes was expected');
  scan.isKey = true;
  beginToken(scan, STRING, '');
};

const afterValue = (scan: JsonScan, char: string): void => {
  const isObject = scan.levels.at(-1)?.isObject === true;
  if (char === ',') scan.state = isObject ? KEY : VALUE;
  else if (char === '}' || char === ']') close(scan, char === '}');
  else fail(scan, 'a comma or a closing bracket was expected');
};

const onColon = (scan: JsonScan, char: string): void => {
  if (char !== ':') fail(scan, 'a colon was expected');
  scan.state = VALUE;
};

const onNextDocument = (scan: JsonScan, char: string): void => {
  if (!scan.isLines || !scan.hasLineEnded) fail(scan, 'something follows the end of the value');
  beginValue(scan, char);
};

const onSyntax = (scan: JsonScan, char: string): void => {
  const { state } = scan;
  if (state === FIRST_VALUE && char === ']') close(scan, false);
  else if (state === FIRST_KEY && char === '}') close(scan, true);
  else if (state === VALUE || state === FIRST_VALUE) beginValue(scan, char);
  else if (state === KEY || state === FIRST_KEY) beginKey(scan, char);
  else if (state === COLON) onColon(scan, char);
  else if (state === COMMA) afterValue(scan, char);
  else onNextDocument(scan, char);
};

/** @throws NonRetryableError `corrupt` with line and column at the first character that is wrong. */
export const scanJson = (scan: JsonScan, text: string): void => {
  const start = scan.position;
  let at = 0;
  while (at < text.length) {
    scan.position = start + at;
    if (scan.state === STRING) at = onString(scan, text, at);
    else if (scan.state === NUMBER || scan.state === WORD) at = onToken(scan, text, at);
    else {
      const char = text.charAt(at);
      if (scan.state === ESCAPE) onEscape(scan, char);
      else if (scan.state === HEX) onHex(scan, char);
      else if (char === ' ' || char === '\n' || char === '\r' || char === '\t') onSpace(scan, char);
      else onSyntax(scan, char);
      at += 1;
    }
  }
  scan.position = start + text.length;
};

/** @throws NonRetryableError `corrupt` when something is still open. */
export const endJson = (scan: JsonScan): void => {
  if (scan.state === NUMBER || scan.state === WORD) endToken(scan);
  if (scan.state !== DONE) fail(scan, 'the document ends too early');
};
