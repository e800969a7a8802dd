/** Text of an EPUB: its chapters, in the order in which its spine names them. */
import { NonRetryableError } from '../../domain/errors.ts';
import { NEW_PAGE, type OfficeHead, propertiesIn } from './office.ts';
import { type OfficePackage, resolveTarget } from './package.ts';
import { walkPart, type XmlDialect } from './xml-part.ts';

export const EPUB = 'application/epub+zip';

const CONTAINER = 'META-INF/container.xml';
const ENCRYPTION = 'META-INF/encryption.xml';
/** What the document type of XHTML defines and books use; the rest stands for itself. */
const XHTML: XmlDialect = {
  entities: {
    ...{ nbsp: '\u00a0', shy: '', ensp: '\u2002', emsp: '\u2003', thinsp: '\u2009' },
    ...{
      ndash: '–',
      mdash: '—',
      hellip: '…',
      bull: '•',
      middot: '·',
      copy: '©',
      reg: '®',
      trade: '™',
    },
    ...{
      lsquo: '‘',
      rsquo: '’',
      sbquo: '‚',
      ldquo: '“',
      rdquo: '”',
      bdquo: '„',
      laquo: '«',
      raquo: '»',
    },
    ...{ auml: 'ä', ouml: 'ö', uuml: 'ü', Auml: 'Ä', Ouml: 'Ö', Uuml: 'Ü', szlig: 'ß', euro: '€' },
    ...{ eacute: 'é', egrave: 'è', ecirc: 'ê', agrave: 'à', acirc: 'â', ccedil: 'ç', ntilde: 'ñ' },
    ...{ iacute: 'í', oacute: 'ó', aacute: 'á', uacute: 'ú', icirc: 'î', ocirc: 'ô', oelig: 'œ' },
    ...{
      deg: '°',
      sect: '§',
      times: '×',
      frac12: '½',
      pound: '£',
      aelig: 'æ',
      oslash: 'ø',
      aring: 'å',
    },
  },
};
/** Elements that begin on a line of their own and end with it. */
const BLOCKS: ReadonlySet<string> = new Set(
  'p div h1 h2 h3 h4 h5 h6 li tr blockquote pre section article header footer figcaption dt dd hr br title'.split(
    ' ',
  ),
);
const UNSEEN: ReadonlySet<string> = new Set(['head', 'script', 'style', 'template']);

interface Book {
  /** Parts of the chapters, in the order of reading. */
  readonly chapters: readonly string[];
  readonly opf: string;
}

const findBook = async (office: OfficePackage): Promise<Book> => {
  let opf: string | undefined;
  await walkPart(office, CONTAINER, {
    opened: (element, { 'full-path': path }) => {
      if (element === 'rootfile') opf ??= path;
    },
  });
  if (opf === undefined) throw new NonRetryableError('corrupt', { detail: 'It has no book.' });
  const parts = new Map<string, string>();
  const order: string[] = [];
  const from = opf;
  const visitor = {
    opened: (element: string, { id = '', href, idref }: Readonly<Record<string, string>>) => {
      if (element === 'item' && href !== undefined)
        parts.set(id, resolveTarget(from, nameIn(href)));
      if (element === 'itemref' && idref !== undefined) order.push(idref);
    },
  };
  await walkPart(office, from, visitor, XHTML);
  const chapters = order.map((id) => parts.get(id)).filter((name) => name !== undefined);
  return { chapters, opf };
};

/** The part that a reference names: without what is behind `#`, its escapes taken back where they are sound. */
const nameIn = (href: string): string => {
  const [path = ''] = href.split('#');
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
};

/** Parts that need a key. Fonts are only obfuscated, and are no chapters. */
const findEncrypted = async (office: OfficePackage): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  if (!office.has(ENCRYPTION)) return found;
  await walkPart(office, ENCRYPTION, {
    opened: (element, { URI: uri }) => {
      if (element === 'CipherReference' && uri !== undefined) found.add(nameIn(uri));
    },
  });
  return found;
};

/** What a page of XHTML shows, a line for each block. */
const readChapter = async (
  office: OfficePackage,
  part: string,
  write: (text: string) => void,
): Promise<void> => {
  let [unseen, isOnLine] = [0, false];
  const endLine = (): void => {
    if (isOnLine) write('\n');
    isOnLine = false;
  };
  const visitor = {
    opened: (element: string) => {
      if (UNSEEN.has(element)) unseen += 1;
      if (BLOCKS.has(element)) endLine();
    },
    text: (text: string) => {
      if (unseen > 0) return;
      const shown = text.replace(/[ \t\r\n]+/g, ' ');
      if (shown === '' || (shown === ' ' && !isOnLine)) return;
      write(isOnLine ? shown : shown.trimStart());
      isOnLine = true;
    },
    closed: (element: string) => {
      if (UNSEEN.has(element)) unseen -= 1;
      if (BLOCKS.has(element)) endLine();
    },
  };
  await walkPart(office, part, visitor, XHTML);
  endLine();
};

export interface BookHead extends OfficeHead {
  readonly format: 'epub';
  readonly chapters: number;
  /** Chapters that are missing, or damaged: their text ends there. */
  readonly unreadable: number;
}

const isDamage = (error: unknown): boolean =>
  error instanceof NonRetryableError && error.code === 'corrupt';

/**
 * Calls `write` with the text, chapters apart by form feeds.
 * @throws NonRetryableError `corrupt` when it names no chapters or none of them is sound, `encrypted` when one needs a key.
 */
export const readEpub = async (
  office: OfficePackage,
  write: (text: string) => void,
): Promise<BookHead> => {
  const { chapters, opf } = await findBook(office);
  const encrypted = await findEncrypted(office);
  if (chapters.some((part) => encrypted.has(part))) throw new NonRetryableError('encrypted');
  let unreadable = 0;
  for (const [at, part] of chapters.entries()) {
    if (at > 0) write(NEW_PAGE);
    try {
      await readChapter(office, part, write);
    } catch (error) {
      if (!isDamage(error)) throw error;
      unreadable += 1;
    }
  }
  if (unreadable === chapters.length) {
    throw new NonRetryableError('corrupt', { detail: 'No chapter is sound.' });
  }
  const of = await propertiesIn(office, opf, XHTML);
  return {
    format: 'epub',
    chapters: chapters.length,
    unreadable,
    sheets: null,
    slides: null,
    macros: false,
    title: of('title'),
    author: of('creator'),
    created: of('date'),
  };
};
