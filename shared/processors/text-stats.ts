/** Counts what a text holds, in the encoding it is written in: lines, words and characters; tells its language, and how it begins. */
import * as z from 'zod';
import { MOST_STREAMED_BYTES } from '../domain/budget.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { sniffedText } from './reading/sniffed-text.ts';
import { LOOKED_AT, languageOf } from './text/language.ts';

const PROSE = 'text/plain';
/** Whose profile shows what they hold; JSON, XML and drawings have steps of their own too. */
const TABLES: ReadonlySet<string> = new Set(['text/csv', 'text/tab-separated-values']);
/** Of the beginning, as JSON: a few lines. It stands in the row, of which DynamoDB bills every KiB at every write. */
const BEGINNING_BYTES = 512;
const LF = 0x0a;
const CR = 0x0d;
const SPACE = 0x20;
const DEL = 0x7f;
const REPLACEMENT = 0xfffd;

/** White_Space of Unicode beyond ASCII; without NO-BREAK SPACE, which holds a word together. */
const WIDE_SPACES: ReadonlySet<number> = new Set([
  0x85, 0x1680, 0x2000, 0x2001, 0x2002, 0x2003, 0x2004, 0x2005, 0x2006, 0x2008, 0x2009, 0x200a,
  0x2028, 0x2029, 0x205f, 0x3000,
]);

const LINE_ENDS = ['lf', 'crlf', 'cr', 'mixed', 'none'] as const;

interface Counter {
  count(text: string): void;
  result(): Counts;
}

interface Counts {
  readonly lines: number;
  readonly words: number;
  readonly characters: number;
  readonly undecodable: number;
  readonly lineEnds: (typeof LINE_ENDS)[number];
}

const lineEndsOf = (lf: number, crlf: number, cr: number): Counts['lineEnds'] => {
  const kinds = [lf > 0, crlf > 0, cr > 0].filter(Boolean).length;
  if (kinds === 0) return 'none';
  if (kinds > 1) return 'mixed';
  if (lf > 0) return 'lf';
  return crlf > 0 ? 'crlf' : 'cr';
};

const createCounter = (): Counter => {
  let characters = 0;
  let words = 0;
  let undecodable = 0;
  let lf = 0;
  let cr = 0;
  let crlf = 0;
  let inWord = false;
  let last = LF;

  return {
    count(text) {
      for (let at = 0; at < text.length; at += 1) {
        const code = text.charCodeAt(at);
        if (code > SPACE && code < DEL) {
          if (!inWord) words += 1;
          inWord = true;
        } else if (code <= SPACE) {
          inWord = false;
          if (code === CR) cr += 1;
          else if (code === LF && last === CR) crlf += 1;
          else if (code === LF) lf += 1;
        } else {
          const isSpace = WIDE_SPACES.has(code);
          if (!inWord && !isSpace) words += 1;
          inWord = !isSpace;
          if (code === REPLACEMENT) undecodable += 1;
          // The second half of a character beyond U+FFFF.
          else if (code >= 0xdc00 && code < 0xe000) characters -= 1;
        }
        last = code;
      }
      characters += text.length;
    },
    result: () => ({
      lines: lf + cr + (last === LF || last === CR ? 0 : 1),
      words,
      characters,
      undecodable,
      lineEnds: lineEndsOf(lf, crlf, cr - crlf),
    }),
  };
};

/** As much of a text as has room; no character is cut in two. */
const fitting = (text: string): string => {
  let [at, bytes] = [0, 0];
  for (const character of text) {
    bytes += Buffer.byteLength(JSON.stringify(character)) - 2;
    if (bytes > BEGINNING_BYTES) break;
    at += character.length;
  }
  return text.slice(0, at);
};

const run = async (input: ProcessorInput) => {
  const { sniffed, pieces } = sniffedText(input);
  const counter = createCounter();
  const { type } = input.source;
  const isShown = type.startsWith('text/') && !TABLES.has(type);
  let room = isShown ? LOOKED_AT : 0;
  let beginning = '';
  for await (const piece of pieces()) {
    counter.count(piece);
    if (room === 0) continue;
    beginning += piece.slice(0, room);
    room = LOOKED_AT - beginning.length;
  }

  const { label, bomBytes } = sniffed.encoding;
  // Markup and keys are of no language.
  const { language, lead } = languageOf(type === PROSE ? beginning : '');
  return {
    encoding: label,
    bom: bomBytes > 0,
    ...counter.result(),
    language,
    languageLead: lead,
    beginning: isShown ? fitting(beginning) : null,
  };
};

const count = z.int().nonnegative();

/** Text without spaces between its words, as Chinese or Japanese, counts as few long words. */
export const textStats = defineProcessor({
  name: 'text-stats',
  version: 3,
  lane: 'light',
  accepts: [
    'text/*',
    'application/json',
    'application/x-ndjson',
    'application/xml',
    'image/svg+xml',
  ],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: MOST_STREAMED_BYTES, wallSeconds: 600 },
  outcome: z.object({
    /** A WHATWG label; ASCII counts as `utf-8`. */
    encoding: z.string(),
    bom: z.boolean(),
    /** LF, CRLF and CR each end a line; a last line without an end counts too. */
    lines: count,
    words: count,
    /** Code points, without the byte-order mark. */
    characters: count,
    /** How many of them are U+FFFD, the mark of bytes that the encoding does not know. */
    undecodable: count,
    lineEnds: z.enum(LINE_ENDS),
    /** BCP 47, of plain text; `und` when it cannot be told. */
    language: z.string(),
    /** How far it is ahead of the next best, 0 to 1; null with `und`. */
    languageLead: z.number().min(0).max(1).nullable(),
    /** Of plain text and HTML, 512 bytes of JSON; null for what other steps show. */
    beginning: z.string().nullable(),
  }),
  run,
});
