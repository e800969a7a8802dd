/** Writes small documents: PDFs object by object, Office documents part by part. */
import { zipOf } from './archives.ts';

export interface PdfOptions {
  /** In place of the number of pages in the page tree. */
  readonly count?: string;
  /** Entries of the trailer beside size and root. */
  readonly trailer?: string;
  /** Objects behind those of the pages. */
  readonly more?: readonly string[];
  readonly catalog?: string;
  /** Entries of each page. */
  readonly page?: string;
  /** Entries of the resources of each page, beside its font `F1`. */
  readonly resources?: string;
  /** What a page does behind its line. */
  readonly content?: string;
}

/** A PDF with a line of text on each page, 200 by 100 points. */
export const pdf = (
  lines: readonly string[],
  {
    count = String(lines.length),
    trailer = '',
    more = [],
    catalog = '',
    page = '',
    resources = '',
    content: behind = '',
  }: PdfOptions = {},
): Buffer => {
  const firstPage = 4;
  const kids = lines.map((_, index) => `${firstPage + 2 * index} 0 R`).join(' ');
  const objects = [
    `<</Type/Catalog/Pages 2 0 R${catalog}>>`,
    `<</Type/Pages/Kids[${kids}]/Count ${count}>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
    ...lines.flatMap((line, index) => {
      const content = `BT /F1 12 Tf 10 50 Td (${line}) Tj ET${behind}`;
      return [
        `<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Resources<</Font<</F1 3 0 R>>${resources}>>/Contents ${firstPage + 2 * index + 1} 0 R${page}>>`,
        `<</Length ${content.length}>>\nstream\n${content}\nendstream`,
      ];
    }),
    ...more,
  ];
  let body = '%PDF-1.7\n';
  const offsets = objects.map((object, index) => {
    const at = body.length;
    body += `${index + 1} 0 obj\n${object}\nendobj\n`;
    return at;
  });
  const rows = offsets.map((at) => `${String(at).padStart(10, '0')} 00000 n \n`).join('');
  const size = objects.length + 1;
  return Buffer.from(
    `${body}xref\n0 ${size}\n0000000000 65535 f \n${rows}trailer\n<</Size ${size}/Root 1 0 R${trailer}>>\nstartxref\n${body.length}\n%%EOF\n`,
    'latin1',
  );
};

const OFFICE = 'application/vnd.openxmlformats-officedocument.';
const RELATION = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

const contentTypes = (main: string, type: string): string =>
  `<Types><Override PartName="/${main}" ContentType="${OFFICE}${type}.main+xml"/></Types>`;

const relations = (...targets: readonly string[]): string =>
  `<Relationships>${targets
    .map((target, index) => `<Relationship Id="r${index + 1}" Target="${target}"/>`)
    .join('')}</Relationships>`;

type Parts = Readonly<Record<string, string>>;

const office = (parts: Parts, more: Parts): Buffer =>
  zipOf(Object.entries({ ...parts, ...more }).map(([name, body]) => ({ name, body })));

/** A Word document whose body is this XML. */
export const docx = (body: string, more: Parts = {}): Buffer =>
  office(
    {
      '[Content_Types].xml': contentTypes('word/document.xml', 'wordprocessingml.document'),
      'word/document.xml': `<w:document xmlns:w="w"><w:body>${body}</w:body></w:document>`,
      'docProps/core.xml': '<c:p xmlns:c="c" xmlns:d="d"><d:title>A title</d:title></c:p>',
    },
    more,
  );

/** A workbook of sheets given by their rows, as XML, in the order in which they are shown. */
export const xlsx = (sheets: Parts, strings: readonly string[] = [], more: Parts = {}): Buffer => {
  const names = Object.keys(sheets);
  const listed = names.map((name, at) => `<sheet name="${name}" sheetId="7" r:id="r${at + 1}"/>`);
  return office(
    {
      '[Content_Types].xml': contentTypes('xl/workbook.xml', 'spreadsheetml.sheet'),
      'xl/workbook.xml': `<workbook xmlns:r="${RELATION}"><sheets>${listed.join('')}</sheets></workbook>`,
      'xl/_rels/workbook.xml.rels': relations(
        ...names.map((_, at) => `worksheets/sheet${at + 1}.xml`),
        '/xl/sharedStrings.xml',
      ),
      'xl/sharedStrings.xml': `<sst>${strings.map((text) => `<si>${text}</si>`).join('')}</sst>`,
      ...Object.fromEntries(
        names.map((name, at) => [
          `xl/worksheets/sheet${at + 1}.xml`,
          `<worksheet><sheetData>${sheets[name]}</sheetData></worksheet>`,
        ]),
      ),
    },
    more,
  );
};

/** A presentation with these texts on its slides; the parts lie in the opposite order. */
export const pptx = (...texts: readonly string[]): Buffer => {
  const ids = texts.map((_, at) => `<p:sldId r:id="r${at + 1}" id="${256 + at}"/>`).join('');
  const again = '<p:extLst><s:sldIdLst><s:sldId id="256"/></s:sldIdLst></p:extLst>';
  return office(
    {
      '[Content_Types].xml': contentTypes('ppt/presentation.xml', 'presentationml.presentation'),
      'ppt/presentation.xml': `<p:presentation xmlns:p="p" xmlns:r="r" xmlns:s="s"><p:sldIdLst>${ids}</p:sldIdLst>${again}</p:presentation>`,
      'ppt/_rels/presentation.xml.rels': relations(
        ...texts.map((_, at) => `slides/slide${texts.length - at}.xml`),
      ),
    },
    Object.fromEntries(
      texts.map((text, at) => [
        `ppt/slides/slide${texts.length - at}.xml`,
        `<p:sld xmlns:p="p" xmlns:a="a"><a:p><a:r><a:t>${text}</a:t></a:r></a:p></p:sld>`,
      ]),
    ),
  );
};
