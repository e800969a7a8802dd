/** Writes small OpenDocument files and books, part by part. */
import { zipOf } from './archives.ts';

type Parts = Readonly<Record<string, string>>;

const OASIS = 'application/vnd.oasis.opendocument.';
const PREFIXES = 'office table text draw presentation meta calcext'
  .split(' ')
  .map((prefix) => `xmlns:${prefix}="${prefix}"`)
  .join(' ');

const META =
  '<office:meta><dc:title>A title</dc:title><meta:initial-creator>Somebody</meta:initial-creator></office:meta>';

const openDocument = (kind: string, body: string, more: Parts): Buffer =>
  zipOf(
    Object.entries({
      mimetype: `${OASIS}${kind}`,
      'content.xml': `<office:document-content ${PREFIXES}><office:body>${body}</office:body></office:document-content>`,
      'meta.xml': `<office:document-meta ${PREFIXES} xmlns:dc="dc">${META}</office:document-meta>`,
      ...more,
    }).map(([name, part]) => ({ name, body: part })),
  );

/** A text whose paragraphs are this XML. */
export const odt = (body: string, more: Parts = {}): Buffer =>
  openDocument('text', `<office:text>${body}</office:text>`, more);

interface CellOptions {
  readonly type?: string;
  readonly repeated?: number;
  readonly values?: Readonly<Record<string, string>>;
}

/** A cell that shows this text; `type` and the values are those of `office:`. */
export const odsCell = (
  text: string,
  { type = '', repeated = 1, values = {} }: CellOptions = {},
): string => {
  const attributes = Object.entries({ ...(type !== '' && { 'value-type': type }), ...values })
    .map(([name, value]) => `office:${name}="${value}"`)
    .join(' ');
  return `<table:table-cell ${attributes} table:number-columns-repeated="${repeated}"><text:p>${text}</text:p></table:table-cell>`;
};

export const odsRow = (...cells: readonly string[]): string =>
  `<table:table-row>${cells.join('')}</table:table-row>`;

/** Sheets given by their rows, as XML, in their order. */
export const ods = (sheets: Parts, more: Parts = {}): Buffer => {
  const tables = Object.entries(sheets).map(
    ([name, rows]) => `<table:table table:name="${name}">${rows}</table:table>`,
  );
  return openDocument(
    'spreadsheet',
    `<office:spreadsheet>${tables.join('')}</office:spreadsheet>`,
    more,
  );
};

/** A presentation whose slides are this XML. */
export const odp = (...slides: readonly string[]): Buffer => {
  const pages = slides.map((slide) => `<draw:page>${slide}</draw:page>`);
  return openDocument(
    'presentation',
    `<office:presentation>${pages.join('')}</office:presentation>`,
    {},
  );
};

/** A book of chapters given by the XHTML of their bodies; the parts lie in the opposite order. */
export const epub = (chapters: readonly string[], more: Parts = {}): Buffer => {
  const names = chapters.map((_, at) => `chapter%20${chapters.length - at}.xhtml`);
  const items = names.map((name, at) => `<item id="c${at}" href="${name}"/>`).join('');
  const order = names.map((_, at) => `<itemref idref="c${at}"/>`).join('');
  const parts: Parts = {
    mimetype: 'application/epub+zip',
    'META-INF/container.xml':
      '<container><rootfiles><rootfile full-path="book/book.opf"/></rootfiles></container>',
    'book/book.opf': `<package xmlns:dc="dc"><metadata><dc:title>A book</dc:title><dc:creator>Somebody</dc:creator></metadata><manifest>${items}</manifest><spine>${order}</spine></package>`,
    ...Object.fromEntries(
      chapters.map((chapter, at) => [
        `book/${decodeURIComponent(names[at] ?? '')}`,
        `<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.1//EN" "xhtml11.dtd"><html><head><title>Unseen</title></head><body>${chapter}</body></html>`,
      ]),
    ),
    ...more,
  };
  return zipOf(Object.entries(parts).map(([name, body]) => ({ name, body })));
};

/** A sheet of three columns and thirty rows, which are written once and repeated. */
export const peopleSheet = () =>
  ods({
    People: [
      odsRow(odsCell('id'), odsCell('name'), odsCell('day')),
      odsRow(
        odsCell('1', { type: 'float', values: { value: '1' } }),
        odsCell('Name 1'),
        odsCell('1 Jan', { type: 'date', values: { 'date-value': '2024-01-01' } }),
      ).replace('<table:table-row>', '<table:table-row table:number-rows-repeated="30">'),
    ].join(''),
  });
