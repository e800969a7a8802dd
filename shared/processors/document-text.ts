/** The text of a document, and what it says about itself: PDF, Office, OpenDocument, EPUB and rich text. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { COMPOUND } from './document/compound-file.ts';
import { EPUB, readEpub } from './document/epub.ts';
import { OFFICE_FORMATS, type OfficeHead, readOffice } from './document/office.ts';
import { OLD_WORD, refuseOldOffice } from './document/old-office.ts';
import { OPEN_FORMATS, OPEN_TYPES, readOpenDocument } from './document/open-document.ts';
import { openPackage } from './document/package.ts';
import { readPdf } from './document/pdf.ts';
import { RTF, readRichText } from './document/rtf.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { incoming, readIntoMemory } from './reading/read-whole.ts';
import { nextTurn } from './reading/turns.ts';

const MiB = 1024 ** 2;
const PDF = 'application/pdf';
const TEXT_FILE = 'text.txt';
const TEXT_TYPE = 'text/plain; charset=utf-8';
const TEXT_LENGTH = 200;
/** Sheets that are told of by name; `sheets` counts all. */
const TOLD_SHEETS = 8;
const NEW_PAGE = '\f';

const OFFICE_TYPES = [
  ...['wordprocessingml.document', 'wordprocessingml.template'],
  ...['spreadsheetml.sheet', 'spreadsheetml.template'],
  ...['presentationml.presentation', 'presentationml.template', 'presentationml.slideshow'],
].map((kind) => `application/vnd.openxmlformats-officedocument.${kind}`);

const MACRO_TYPES = [
  ...['word.document', 'word.template', 'excel.sheet', 'excel.template'],
  ...['powerpoint.presentation', 'powerpoint.template', 'powerpoint.slideshow'],
].map((kind) => `application/vnd.ms-${kind}.macroenabled.12`);

const OLD_TYPES = [COMPOUND, OLD_WORD];

const said = (value: string | null): string | null =>
  value === null ? null : value.replace(/[\p{Cc}\p{Surrogate}]/gu, ' ').slice(0, TEXT_LENGTH);

/** Gathers text up to what may be written, and counts what is not white space. */
const createGatherer = ({ budget }: ProcessorInput) => {
  const pieces: string[] = [];
  let [bytes, characters] = [0, 0];
  return {
    write(text: string): void {
      bytes += Buffer.byteLength(text);
      budget.reach('bytesOut', bytes);
      for (const character of text) if (!/\s/.test(character)) characters += 1;
      pieces.push(text);
    },
    get bytes() {
      return bytes;
    },
    get characters() {
      return characters;
    },
    body: (): Buffer => Buffer.from(pieces.join('')),
  };
};

type Gatherer = ReturnType<typeof createGatherer>;

/** What is told of a kind of document that has nothing of it. */
const NOTHING = {
  pages: null,
  pageSize: null,
  unreadable: 0,
  repaired: false,
  encrypted: false,
  scripts: false,
  producer: null,
  created: null,
  sheets: null,
  sheetRows: [],
  slides: null,
  chapters: null,
  macros: false,
  parts: null,
};

/** What a page says once, a few bytes can make it say a million times; so much may be said by any file. */
const ANY_TEXT_BYTES = MiB;

const pdfDocument = async (input: ProcessorInput, gatherer: Gatherer) => {
  const { budget, signal, source } = input;
  let page = 0;
  const expand = (more: number): void => {
    const bytes = gatherer.bytes + more;
    budget.reach('bytesOut', bytes);
    if (bytes > ANY_TEXT_BYTES) budget.reach('expansion', bytes / source.size);
  };
  const head = await readPdf(incoming(input), {
    signal,
    seconds: budget.limits.wallSeconds,
    onNews: (news) => {
      if ('pages' in news) budget.reach('pages', news.pages);
      // A character has a byte at least.
      else if ('characters' in news) expand(news.characters);
      else {
        expand(news.text.length);
        gatherer.write(page++ > 0 ? `${NEW_PAGE}${news.text}` : news.text);
      }
    },
  });
  const { pages, unreadable } = head;
  if (pages === unreadable) throw new NonRetryableError('corrupt', { detail: 'No page is sound.' });
  const { title, author, producer, created, ...shape } = head;
  return {
    ...NOTHING,
    ...shape,
    format: 'pdf' as const,
    title: said(title),
    author: said(author),
    producer: said(producer),
    created: said(created),
  };
};

const headOf = ({ sheets, slides, macros, title, author, created }: OfficeHead) => ({
  ...NOTHING,
  title: said(title),
  author: said(author),
  created: said(created),
  sheets: sheets?.length ?? null,
  sheetRows: (sheets ?? [])
    .slice(0, TOLD_SHEETS)
    .map(({ name, rows }) => ({ name: said(name) ?? '', rows })),
  slides,
  macros,
});

/** A document that is a zip of parts. */
const packedDocument = async (input: ProcessorInput, { write }: Gatherer) => {
  const bytes = await readIntoMemory(input);
  const { signal, source } = input;
  const office = await openPackage(bytes, input);
  const parts = office.names.length;
  if (source.type === EPUB) {
    const { format, chapters, unreadable, ...head } = await readEpub(office, write);
    return { ...headOf(head), format, chapters, unreadable, parts };
  }
  const { format, ...head } = OPEN_TYPES.includes(source.type)
    ? await readOpenDocument(office, source.type, { write, signal })
    : await readOffice(office, write);
  return { ...headOf(head), format, parts };
};

const richText = async (input: ProcessorInput, { write }: Gatherer) => {
  const { signal } = input;
  const bytes = await readIntoMemory(input);
  const { title, author } = await readRichText(bytes, write, () => nextTurn(signal));
  return { ...NOTHING, format: 'rtf' as const, title: said(title), author: said(author) };
};

const readerOf = (type: string) => {
  if (type === PDF) return pdfDocument;
  return type === RTF ? richText : packedDocument;
};

const run = async (input: ProcessorInput) => {
  const { type } = input.source;
  if (OLD_TYPES.includes(type)) return refuseOldOffice(type, await readIntoMemory(input));
  const gatherer = createGatherer(input);
  const read = readerOf(type);
  const document = await read(input, gatherer);
  const { characters } = gatherer;
  if (characters === 0) return { ...document, characters, file: null };
  await input.emit(TEXT_FILE, gatherer.body(), TEXT_TYPE);
  return { ...document, characters, file: TEXT_FILE };
};

const count = z.int().nonnegative();
const note = z.string().nullable();

/**
 * A password that is needed to read → `encrypted`; damage → `corrupt`; too many pages or too much text → `over_budget`; Office before
 * 2007 → skipped, with its kind.
 */
export const documentText = defineProcessor({
  name: 'document-text',
  version: 3,
  lane: 'heavy',
  accepts: [PDF, ...OFFICE_TYPES, ...MACRO_TYPES, ...OPEN_TYPES, EPUB, RTF, ...OLD_TYPES],
  reads: 'whole',
  // Whoever draws its first page waits for the same process, and reads it at its own turn.
  ranged: [PDF],
  isReusable: true,
  budget: { bytesIn: 100 * MiB, bytesOut: 32 * MiB, entries: 20_000, wallSeconds: 180 },
  ceiling: { bytesIn: 200 * MiB, entries: 100_000 },
  outcome: z.object({
    format: z.enum(['pdf', ...OFFICE_FORMATS, ...OPEN_FORMATS, 'epub', 'rtf']),
    pages: count.nullable(),
    /** Of the first page, in points of 1/72 inch, before it is turned. */
    pageSize: z.object({ width: z.number(), height: z.number() }).nullable(),
    /** Pages whose content is damaged, and chapters that are missing or damaged; their text is not whole. */
    unreadable: count,
    /** Its index was damaged and built anew. */
    repaired: z.boolean(),
    /** Protected, yet readable without a password. */
    encrypted: z.boolean(),
    /** Holds JavaScript. */
    scripts: z.boolean(),
    title: note,
    author: note,
    producer: note,
    created: note,
    sheets: count.nullable(),
    /** The first sheets, with the number of their last row. */
    sheetRows: z.array(z.object({ name: z.string(), rows: count })),
    slides: count.nullable(),
    chapters: count.nullable(),
    macros: z.boolean(),
    /** Files inside a document that is a zip. */
    parts: count.nullable(),
    /** Characters of the text that are no white space. */
    characters: count,
    /** Name of the derived file with the text, pages apart by form feeds; null without any text. */
    file: z.string().nullable(),
  }),
  run,
});
