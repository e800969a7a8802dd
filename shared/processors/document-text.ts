/** The text of a document, and what it says about itself: PDF, Word, Excel and PowerPoint. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { OFFICE_FORMATS, readOffice } from './document/office.ts';
import { openPackage } from './document/package.ts';
import { readPdf } from './document/pdf.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { readIntoMemory } from './reading/read-whole.ts';

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
    get characters() {
      return characters;
    },
    body: (): Buffer => Buffer.from(pieces.join('')),
  };
};

type Gatherer = ReturnType<typeof createGatherer>;

const pdfDocument = async (input: ProcessorInput, bytes: Buffer, gatherer: Gatherer) => {
  let page = 0;
  const head = await readPdf(bytes, {
    signal: input.signal,
    onNews: (news) => {
      if ('pages' in news) input.budget.reach('pages', news.pages);
      else gatherer.write(page++ > 0 ? `${NEW_PAGE}${news.text}` : news.text);
    },
  });
  const { pages, unreadable } = head;
  if (pages === unreadable) throw new NonRetryableError('corrupt', { detail: 'No page is sound.' });
  const { title, author, producer, created, ...shape } = head;
  return {
    ...shape,
    format: 'pdf' as const,
    title: said(title),
    author: said(author),
    producer: said(producer),
    created: said(created),
    sheets: null,
    sheetRows: [],
    slides: null,
    macros: false,
    parts: null,
  };
};

const officeDocument = async (input: ProcessorInput, bytes: Buffer, gatherer: Gatherer) => {
  const office = await openPackage(bytes, input);
  const head = await readOffice(office, gatherer.write);
  const { format, sheets, slides, macros, title, author, created } = head;
  return {
    format,
    pages: null,
    pageSize: null,
    unreadable: 0,
    repaired: false,
    encrypted: false,
    scripts: false,
    title: said(title),
    author: said(author),
    producer: null,
    created: said(created),
    sheets: format === 'xlsx' ? sheets.length : null,
    sheetRows: sheets
      .slice(0, TOLD_SHEETS)
      .map(({ name, rows }) => ({ name: said(name) ?? '', rows })),
    slides,
    macros,
    parts: office.names.length,
  };
};

const run = async (input: ProcessorInput) => {
  const bytes = await readIntoMemory(input);
  const gatherer = createGatherer(input);
  const read = input.source.type === PDF ? pdfDocument : officeDocument;
  const document = await read(input, bytes, gatherer);
  const { characters } = gatherer;
  if (characters === 0) return { ...document, characters, file: null };
  await input.emit(TEXT_FILE, gatherer.body(), TEXT_TYPE);
  return { ...document, characters, file: TEXT_FILE };
};

const count = z.int().nonnegative();
const note = z.string().nullable();

/** A password that is needed to read → `encrypted`; damage → `corrupt`; too many pages or too much text → `over_budget`. */
export const documentText = defineProcessor({
  name: 'document-text',
  version: 2,
  lane: 'heavy',
  accepts: [PDF, ...OFFICE_TYPES, ...MACRO_TYPES],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: 100 * MiB, bytesOut: 32 * MiB, entries: 20_000, wallSeconds: 180 },
  ceiling: { bytesIn: 200 * MiB, entries: 100_000 },
  outcome: z.object({
    format: z.enum(['pdf', ...OFFICE_FORMATS]),
    pages: count.nullable(),
    /** Of the first page, in points of 1/72 inch, before it is turned. */
    pageSize: z.object({ width: z.number(), height: z.number() }).nullable(),
    /** Pages whose content is damaged; their text is missing. */
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
    macros: z.boolean(),
    /** Files inside an Office document. */
    parts: count.nullable(),
    /** Characters of the text that are no white space. */
    characters: count,
    /** Name of the derived file with the text, pages apart by form feeds; null without any text. */
    file: z.string().nullable(),
  }),
  run,
});
