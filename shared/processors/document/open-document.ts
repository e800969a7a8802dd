/** Text and shape of OpenDocument texts, sheets and presentations. */
import { NonRetryableError } from '../../domain/errors.ts';
import { NEW_PAGE, type OfficeHead, propertiesIn, type SheetShape } from './office.ts';
import { CONTENT, walkSheets } from './open-sheet.ts';
import type { OfficePackage } from './package.ts';
import { walkPart, type XmlDialect } from './xml-part.ts';

export const OPEN_FORMATS = ['odt', 'ods', 'odp'] as const;
type OpenFormat = (typeof OPEN_FORMATS)[number];

const OASIS = 'application/vnd.oasis.opendocument.';
const FORMAT_OF: Readonly<Record<string, OpenFormat>> = {
  [`${OASIS}text`]: 'odt',
  [`${OASIS}text-template`]: 'odt',
  [`${OASIS}spreadsheet`]: 'ods',
  [`${OASIS}spreadsheet-template`]: 'ods',
  [`${OASIS}presentation`]: 'odp',
  [`${OASIS}presentation-template`]: 'odp',
};
export const OPEN_TYPES = Object.keys(FORMAT_OF);
/** Sheets and templates of them. */
export const OPEN_SHEET_TYPES = OPEN_TYPES.filter((type) => FORMAT_OF[type] === 'ods');

const MANIFEST = 'META-INF/manifest.xml';
const PROPERTIES = 'meta.xml';
const MACROS = /^(?:Basic|Scripts)\/./;
/** Characters of one run of blanks that are written. */
const MOST_BLANKS = 1_000;
/** Texts beside the text: remarks, footnotes, what was deleted, the notes of a slide. */
const ASIDE: ReadonlySet<string> = new Set([
  'annotation',
  'forms',
  'note',
  'notes',
  'ruby-text',
  'tracked-changes',
]);
/** OpenOffice before version 3 named a document type in its manifest. */
const OLD: XmlDialect = { entities: {} };

/** @throws NonRetryableError `encrypted` when any part needs a password. */
export const refuseEncrypted = async (office: OfficePackage): Promise<void> => {
  if (!office.has(MANIFEST)) return;
  const visitor = {
    opened: (element: string) => {
      if (element === 'encryption-data') throw new NonRetryableError('encrypted');
    },
  };
  await walkPart(office, MANIFEST, visitor, OLD);
};

type Write = (text: string) => void;

const blanksIn = (count: string): string =>
  ' '.repeat(Math.min(Math.max(Number.parseInt(count, 10) || 1, 1), MOST_BLANKS));

/** Paragraphs and headings, each on its line, with slides apart; answers how many slides there are. */
const readText = async (office: OfficePackage, write: Write): Promise<number> => {
  let [aside, paragraphs, slides] = [0, 0, 0];
  const inText = (): boolean => aside === 0 && paragraphs > 0;
  await walkPart(office, CONTENT, {
    opened: (element, { c: count = '1' }) => {
      if (ASIDE.has(element)) aside += 1;
      if (aside > 0) return;
      if (element === 'page') {
        slides += 1;
        if (slides > 1) write(NEW_PAGE);
      }
      if (element === 'p' || element === 'h') paragraphs += 1;
      if (!inText()) return;
      if (element === 's') write(blanksIn(count));
      if (element === 'tab') write('\t');
      if (element === 'line-break') write('\n');
    },
    text: (text) => {
      // As in HTML, white space is one blank however it is written.
      if (inText()) write(text.replace(/[ \t\r\n]+/g, ' '));
    },
    closed: (element) => {
      if (ASIDE.has(element)) aside -= 1;
      if (aside > 0 || (element !== 'p' && element !== 'h')) return;
      paragraphs -= 1;
      write('\n');
    },
  });
  return slides;
};

/** Rows as lines, cells by tabs, each in its column; rows without a value are left out. */
const readSheets = async (
  office: OfficePackage,
  write: Write,
  signal: AbortSignal,
): Promise<readonly SheetShape[]> => {
  const sheets: { readonly name: string; rows: number }[] = [];
  await walkSheets(office, {
    signal,
    keptCharacters: Number.POSITIVE_INFINITY,
    sheet: (name) => {
      if (sheets.length > 0) write(NEW_PAGE);
      sheets.push({ name, rows: 0 });
    },
    row: (row, cells) => {
      const sheet = sheets.at(-1);
      if (sheet !== undefined) sheet.rows = row;
      for (const [at, { text, value = '' }] of cells.entries()) {
        write(`${at > 0 ? '\t' : ''}${text === '' ? value : text}`);
      }
      write('\n');
    },
  });
  return sheets;
};

/**
 * Calls `write` with the text in reading order, sheets and slides apart by form feeds.
 * @param type one of `OPEN_TYPES`
 * @throws NonRetryableError `corrupt` when a part is missing or damaged, `encrypted`.
 */
export const readOpenDocument = async (
  office: OfficePackage,
  type: string,
  { write, signal }: { readonly write: Write; readonly signal: AbortSignal },
): Promise<OfficeHead & { readonly format: OpenFormat }> => {
  const format = FORMAT_OF[type] ?? 'odt';
  await refuseEncrypted(office);
  const sheets = format === 'ods' ? await readSheets(office, write, signal) : null;
  const slides = sheets === null ? await readText(office, write) : 0;
  const of = await propertiesIn(office, PROPERTIES);
  return {
    format,
    sheets,
    slides: format === 'odp' ? slides : null,
    macros: office.names.some((name) => MACROS.test(name) && !name.endsWith('/')),
    title: of('title'),
    author: of('creator') ?? of('initial-creator'),
    created: of('creation-date'),
  };
};
