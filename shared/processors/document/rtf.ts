/** Text of a Rich Text Format document, and what it says about itself. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createFontDecoder } from './code-pages.ts';

export const RTF = 'application/rtf';

/** Groups that hold no text of the document: tables of fonts and styles, pictures, headers, what others are told. */
const ASIDE: ReadonlySet<string> = new Set(
  'info fonttbl colortbl stylesheet listtable listoverridetable revtbl rsidtbl generator filetbl xmlnstbl themedata colorschememapping datastore latentstyles mmathPr pict objdata header headerl headerr headerf footer footerl footerr footerf footnote annotation atnid atnauthor atntime atnref atrfstart atrfend fldinst bkmkstart bkmkend datafield listtext pntext'.split(
    ' ',
  ),
);
/** Control words that stand for characters. */
const SHOWN: Readonly<Record<string, string>> = {
  par: '\n',
  line: '\n',
  sect: '\n',
  row: '\n',
  page: '\f',
  tab: '\t',
  cell: '\t',
  emdash: '—',
  endash: '–',
  bullet: '•',
  lquote: '‘',
  rquote: '’',
  ldblquote: '“',
  rdblquote: '”',
  emspace: '\u2003',
  enspace: '\u2002',
};
/** Signs behind a backslash that stand for characters. */
const SIGNS: Readonly<Record<string, string>> = {
  '~': '\u00a0',
  _: '\u2011',
  '\n': '\n',
  '\r': '\n',
  '\\': '\\',
  '{': '{',
  '}': '}',
};
const FONT_WORDS: ReadonlySet<string> = new Set(['f', 'plain', 'fcharset']);
const TOLD = ['title', 'author'] as const;
type Told = (typeof TOLD)[number];
/** What `title` and `author` keep. */
const TOLD_LENGTH = 1_000;
const MOST_GROUPS = 4_096;
/** Bytes that are made into text at once. */
const MOST_PENDING = 4_096;
/** Bytes that are worked on before others get their turn. */
const PIECE_BYTES = 256 * 1024;
/** The code page of old Macintosh documents. */
const MAC = 10_000;
const TAB = 0x09;
const BLANK = 0x20;
const BACKSLASH = 0x5c;
const OPENS = 0x7b;
const CLOSES = 0x7d;
/** Letters of a control word; the specification has 32. */
const MOST_WORD = 64;

interface Group {
  readonly isAside: boolean;
  /** Bytes that stand behind a `\u` for readers who do not know it. */
  readonly skipped: number;
  readonly font: number;
  readonly told: Told | undefined;
}

export interface RichTextHead {
  readonly title: string | null;
  readonly author: string | null;
}

interface Word {
  readonly name: string;
  readonly parameter: number | undefined;
  /** Offset behind it, and behind the blank that ends it. */
  readonly end: number;
}

const isTold = (name: string): name is Told => TOLD.some((known) => known === name);

const isLetter = (byte: number): boolean =>
  (byte >= 0x61 && byte <= 0x7a) || (byte >= 0x41 && byte <= 0x5a);
const isDigit = (byte: number): boolean => byte >= 0x30 && byte <= 0x39;

/** The control word behind the backslash at `at`. */
const wordAt = (bytes: Buffer, at: number): Word => {
  let end = at + 1;
  while (end - at <= MOST_WORD && isLetter(bytes[end] ?? 0)) end += 1;
  const name = bytes.toString('latin1', at + 1, end);
  const digits = end;
  if (bytes[end] === 0x2d) end += 1;
  while (end - digits < 11 && isDigit(bytes[end] ?? 0)) end += 1;
  const number = Number.parseInt(bytes.toString('latin1', digits, end), 10);
  if (bytes[end] === 0x20) end += 1;
  return { name, parameter: Number.isNaN(number) ? undefined : number, end };
};

/** Follows the groups, and keeps the bytes that are not yet text. */
const createReading = (write: (text: string) => void) => {
  const decoder = createFontDecoder();
  const groups: Group[] = [];
  const told = { title: '', author: '' };
  let group: Group = { isAside: false, skipped: 1, font: -1, told: undefined };
  let pending: number[] = [];
  let [skip, isFontTable, fontAt] = [0, false, -1];

  const put = (text: string): void => {
    if (group.told !== undefined) {
      told[group.told] = (told[group.told] + text).slice(0, TOLD_LENGTH);
    } else if (!group.isAside) write(text);
  };
  const flush = (): void => {
    if (pending.length === 0) return;
    const bytes = Uint8Array.from(pending);
    pending = [];
    put(decoder.decode(group.font, bytes));
  };
  const change = (changes: Partial<Group>): void => {
    flush();
    group = { ...group, ...changes };
  };

  /** What words of the font table, and those that choose a font, say. */
  const takeFont = (name: string, parameter = -1): void => {
    if (name === 'fcharset') decoder.setCharset(fontAt, parameter);
    else if (name === 'f' && isFontTable) fontAt = parameter;
    else change({ font: name === 'f' ? parameter : -1 });
  };

  return {
    told,
    depth: () => groups.length,
    open(): void {
      flush();
      if (groups.length >= MOST_GROUPS) {
        throw new NonRetryableError('over_budget', { detail: 'Its groups are nested too deep.' });
      }
      groups.push(group);
      skip = 0;
    },
    close(): void {
      flush();
      group = groups.pop() ?? group;
      if (groups.length < 2) isFontTable = false;
      skip = 0;
    },
    byte(byte: number): void {
      if (skip > 0) {
        skip -= 1;
        return;
      }
      if (group.isAside && group.told === undefined) return;
      pending.push(byte);
      // A blank is never the second half of a character.
      if (pending.length >= MOST_PENDING && (byte === BLANK || pending.length >= 64 * MOST_PENDING))
        flush();
    },
    text(text: string): void {
      flush();
      put(text);
    },
    aside: (): void => change({ isAside: true, told: undefined }),
    word(name: string, parameter: number | undefined): void {
      const shown = SHOWN[name];
      if (shown !== undefined) this.text(shown);
      else if (name === 'u' && parameter !== undefined) {
        this.text(String.fromCharCode(parameter & 0xffff));
        skip = group.skipped;
      } else if (name === 'uc') change({ skipped: Math.min(Math.max(parameter ?? 1, 0), 16) });
      else if (name === 'ansicpg') decoder.setDefault(parameter ?? 0);
      else if (name === 'mac') decoder.setDefault(MAC);
      else if (FONT_WORDS.has(name)) takeFont(name, parameter);
      else if (isTold(name) && group.isAside) change({ told: name });
      else if (ASIDE.has(name)) {
        if (name === 'fonttbl') isFontTable = true;
        this.aside();
      }
    },
  };
};

type Reading = ReturnType<typeof createReading>;

/** What a backslash at `at` begins; answers the offset behind it. */
const takeControl = (bytes: Buffer, at: number, reading: Reading): number => {
  const byte = bytes[at + 1] ?? 0;
  if (isLetter(byte)) {
    const { name, parameter, end } = wordAt(bytes, at);
    // So many bytes are no text, whatever they look like.
    if (name === 'bin') return end + Math.max(0, parameter ?? 0);
    reading.word(name, parameter);
    return end;
  }
  const sign = String.fromCharCode(byte);
  if (sign === "'") {
    const code = Number.parseInt(bytes.toString('latin1', at + 2, at + 4), 16);
    if (!Number.isNaN(code)) reading.byte(code);
    return at + 4;
  }
  if (sign === '*') reading.aside();
  const shown = SIGNS[sign];
  if (shown !== undefined) reading.text(shown);
  return at + 2;
};

/** The byte at `at`; answers the offset of the next one. */
const take = (bytes: Buffer, at: number, reading: Reading): number => {
  const byte = bytes[at] ?? 0;
  if (byte === BACKSLASH) return takeControl(bytes, at, reading);
  if (byte === OPENS) reading.open();
  else if (byte === CLOSES) reading.close();
  else if (byte >= BLANK || byte === TAB) reading.byte(byte);
  return at + 1;
};

/**
 * Calls `write` with the text.
 * @param turn called between pieces of the work; may throw to stop
 * @throws NonRetryableError `corrupt` for what is no RTF or ends within a group, `over_budget` for groups nested too deep.
 */
export const readRichText = async (
  bytes: Buffer,
  write: (text: string) => void,
  turn: () => Promise<void>,
): Promise<RichTextHead> => {
  const reading = createReading(write);
  const start = bytes.indexOf('{\\rtf');
  if (start === -1) throw new NonRetryableError('corrupt', { detail: 'It is no rich text.' });
  reading.open();
  let next = start;
  for (let at = start + 1; at < bytes.length && reading.depth() > 0; ) {
    if (at >= next) {
      await turn();
      next = at + PIECE_BYTES;
    }
    at = take(bytes, at, reading);
  }
  if (reading.depth() > 0) {
    throw new NonRetryableError('corrupt', { detail: 'It ends within a group.' });
  }
  const { title, author } = reading.told;
  return { title: title || null, author: author || null };
};
