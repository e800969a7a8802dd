/** Text and shape of Word, Excel and PowerPoint documents, of both dialects of their standard. */
import { NonRetryableError } from '../../domain/errors.ts';
import { type OfficePackage, relationsOf, resolveTarget } from './package.ts';
import { readSharedStrings, readSheet } from './sheet.ts';
import { walkPart, type XmlDialect, type XmlVisitor } from './xml-part.ts';

export const OFFICE_FORMATS = ['docx', 'xlsx', 'pptx'] as const;
export type OfficeFormat = (typeof OFFICE_FORMATS)[number];

export interface SheetShape {
  readonly name: string;
  readonly rows: number;
}

/** What a document says of itself and its shape, beside its text. */
export interface OfficeHead {
  /** Null of a document that is no workbook. */
  readonly sheets: readonly SheetShape[] | null;
  readonly slides: number | null;
  readonly macros: boolean;
  readonly title: string | null;
  readonly author: string | null;
  readonly created: string | null;
}

const CONTENT_TYPES = '[Content_Types].xml';
const PROPERTIES = 'docProps/core.xml';

const FORMATS: readonly (readonly [RegExp, OfficeFormat])[] = [
  [/wordprocessingml|ms-word/i, 'docx'],
  [/spreadsheetml|ms-excel/i, 'xlsx'],
  [/presentationml|ms-powerpoint/i, 'pptx'],
];

interface MainPart {
  readonly name: string;
  readonly format: OfficeFormat;
}

/** The part that all others hang on: the one whose content type says so. */
export const findMain = async (office: OfficePackage): Promise<MainPart> => {
  let main: MainPart | undefined;
  await walkPart(office, CONTENT_TYPES, {
    opened: (_, { PartName: name, ContentType: type = '' }) => {
      if (name === undefined || !/\.main\+xml$/i.test(type)) return;
      const [, format] = FORMATS.find(([pattern]) => pattern.test(type)) ?? [];
      if (format !== undefined) main ??= { name: name.replace(/^\//, ''), format };
    },
  });
  if (main === undefined)
    throw new NonRetryableError('corrupt', { detail: 'It has no main part.' });
  return main;
};

/** Parts that the main part refers to, by the id of the reference. */
export const referencesOf = async (
  office: OfficePackage,
  from: string,
): Promise<ReadonlyMap<string, string>> => {
  const targets = new Map<string, string>();
  const name = relationsOf(from);
  if (!office.has(name)) return targets;
  await walkPart(office, name, {
    opened: (_, { Id: id, Target: target, TargetMode: mode }) => {
      if (id === undefined || target === undefined || mode === 'External') return;
      targets.set(id, resolveTarget(from, target));
    },
  });
  return targets;
};

/** Paragraphs of `t` elements, each on its line. What old readers are to show instead is left out. */
const readParagraphs = async (
  office: OfficePackage,
  name: string,
  write: (text: string) => void,
): Promise<void> => {
  let [isText, fallbacks] = [false, 0];
  await walkPart(office, name, {
    opened: (element) => {
      if (element === 'Fallback') fallbacks += 1;
      if (fallbacks > 0) return;
      if (element === 't') isText = true;
      if (element === 'tab') write('\t');
      if (element === 'br' || element === 'cr') write('\n');
    },
    text: (text) => {
      if (isText && fallbacks === 0) write(text);
    },
    closed: (element) => {
      if (element === 'Fallback') fallbacks -= 1;
      if (element === 't') isText = false;
      if (element === 'p' && fallbacks === 0) write('\n');
    },
  });
};

/** Between two sheets, slides or chapters. */
export const NEW_PAGE = '\f';

/** What the main part lists: references and names of the children of one element. Extensions list them again. */
export const listed = async (office: OfficePackage, main: string, list: string) => {
  const found: { readonly id: string; readonly name: string }[] = [];
  let [isInside, isOver] = [false, false];
  await walkPart(office, main, {
    opened: (element, { id = '', name = '' }) => {
      if (isInside) found.push({ id, name });
      if (element === list && !isOver) isInside = true;
    },
    closed: (element) => {
      if (element !== list) return;
      [isInside, isOver] = [false, true];
    },
  });
  return found;
};

const readWorkbook = async (
  office: OfficePackage,
  main: string,
  write: (text: string) => void,
): Promise<readonly SheetShape[]> => {
  const references = await referencesOf(office, main);
  const strings = await readSharedStrings(office, [...references.values()]);
  const sheets: SheetShape[] = [];
  for (const { id, name } of await listed(office, main, 'sheets')) {
    const part = references.get(id);
    if (sheets.length > 0) write(NEW_PAGE);
    // A sheet of a chart alone has no cells.
    const rows =
      part !== undefined && office.has(part)
        ? await readSheet(office, part, { strings, write })
        : 0;
    sheets.push({ name, rows });
  }
  return sheets;
};

const readSlides = async (
  office: OfficePackage,
  main: string,
  write: (text: string) => void,
): Promise<number> => {
  const references = await referencesOf(office, main);
  const slides = await listed(office, main, 'sldIdLst');
  for (const [index, { id }] of slides.entries()) {
    if (index > 0) write(NEW_PAGE);
    const part = references.get(id);
    if (part !== undefined && office.has(part)) await readParagraphs(office, part, write);
  }
  return slides.length;
};

/** The first text of each element of a part that holds properties; none where there is no such part. */
export const propertiesIn = async (
  office: OfficePackage,
  part: string,
  dialect?: XmlDialect,
): Promise<(element: string) => string | null> => {
  const said = new Map<string, string>();
  let element = '';
  if (office.has(part)) {
    const visitor: XmlVisitor = {
      opened: (name) => {
        element = name;
      },
      text: (text) => {
        if (text.trim() !== '' && !said.has(element)) said.set(element, text.trim());
      },
    };
    await walkPart(office, part, visitor, dialect);
  }
  return (name) => said.get(name) ?? null;
};

/**
 * Calls `write` with the text in reading order, sheets and slides apart by form feeds.
 * @throws NonRetryableError `corrupt` when a part is missing or damaged.
 */
export const readOffice = async (
  office: OfficePackage,
  write: (text: string) => void,
): Promise<OfficeHead & { readonly format: OfficeFormat }> => {
  const { name, format } = await findMain(office);
  const sheets = format === 'xlsx' ? await readWorkbook(office, name, write) : null;
  const slides = format === 'pptx' ? await readSlides(office, name, write) : null;
  if (format === 'docx') await readParagraphs(office, name, write);
  const macros = office.names.some((part) => /(?:^|\/)vbaProject\.bin$/i.test(part));
  const of = await propertiesIn(office, PROPERTIES);
  const said = { title: of('title'), author: of('creator'), created: of('created') };
  return { format, sheets, slides, macros, ...said };
};
