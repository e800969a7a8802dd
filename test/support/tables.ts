/** Tables of formats that are not text, small and made in code. */
import { parquetWriteBuffer } from 'hyparquet-writer';
import { xlsx } from './documents.ts';

/** Cells as they stand in a sheet: a number with a style, a text, a truth value, an error, or nothing. */
export type SheetCell =
  | string
  | boolean
  | null
  | { readonly number: number | string; readonly style?: number }
  | { readonly error: string };

const letters = (column: number): string =>
  column < 26
    ? String.fromCharCode(65 + column)
    : `${letters(Math.floor(column / 26) - 1)}${letters(column % 26)}`;

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');

const cellXml = (cell: SheetCell, reference: string): string => {
  if (cell === null) return '';
  if (typeof cell === 'string') {
    return `<c r="${reference}" t="inlineStr"><is><t>${escaped(cell)}</t></is></c>`;
  }
  if (typeof cell === 'boolean') return `<c r="${reference}" t="b"><v>${cell ? 1 : 0}</v></c>`;
  if ('error' in cell) return `<c r="${reference}" t="e"><v>${cell.error}</v></c>`;
  return `<c r="${reference}" s="${cell.style ?? 0}"><v>${cell.number}</v></c>`;
};

export const rowsXml = (rows: readonly (readonly SheetCell[])[]): string =>
  rows
    .map((cells, row) => {
      const xml = cells.map((cell, column) => cellXml(cell, `${letters(column)}${row + 1}`));
      return `<row r="${row + 1}">${xml.join('')}</row>`;
    })
    .join('');

export interface SheetOptions {
  /** Format codes of the styles from 1 on; style 0 is a plain number. */
  readonly formats?: readonly string[];
  readonly is1904?: boolean;
  /** More sheets behind the first, by their names. */
  readonly others?: Readonly<Record<string, string>>;
  readonly strings?: readonly string[];
}

const RELATIONS = 'http://schemas.openxmlformats.org/officeDocument/2006/relationships';

/** A workbook whose first sheet is called Sheet 1 and has these rows. */
export const workbook = (
  rows: string,
  { formats = [], is1904 = false, others = {}, strings = [] }: SheetOptions = {},
): Buffer => {
  const sheets = { 'Sheet 1': rows, ...others };
  const names = Object.keys(sheets);
  const targets = [
    ...names.map((_, at) => `worksheets/sheet${at + 1}.xml`),
    'sharedStrings.xml',
    'styles.xml',
  ];
  const own = formats.map(
    (code, at) => `<numFmt numFmtId="${164 + at}" formatCode="${escaped(code)}"/>`,
  );
  const styles = ['<xf numFmtId="0"/>', ...formats.map((_, at) => `<xf numFmtId="${164 + at}"/>`)];
  return xlsx(sheets, strings, {
    'xl/workbook.xml': `<workbook xmlns:r="${RELATIONS}"><workbookPr date1904="${is1904}"/><sheets>${names
      .map((name, at) => `<sheet name="${name}" r:id="r${at + 1}"/>`)
      .join('')}</sheets></workbook>`,
    'xl/_rels/workbook.xml.rels': `<Relationships>${targets
      .map((target, at) => `<Relationship Id="r${at + 1}" Target="${target}"/>`)
      .join('')}</Relationships>`,
    'xl/styles.xml': `<styleSheet><numFmts>${own.join('')}</numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs><cellXfs>${styles.join('')}</cellXfs></styleSheet>`,
  });
};

/** A Parquet file. */
export const parquet = (options: Parameters<typeof parquetWriteBuffer>[0]): Buffer =>
  Buffer.from(parquetWriteBuffer(options));
