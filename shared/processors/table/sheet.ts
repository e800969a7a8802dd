/** Reads the first sheet of an Excel workbook, part by part from ranges of the file: only what its cells share is held. */
import { NonRetryableError } from '../../domain/errors.ts';
import { findMain, listed, referencesOf } from '../document/office.ts';
import { type OfficePackage, openRangedPackage } from '../document/package.ts';
import { readSharedStrings } from '../document/sheet.ts';
import { walkPart } from '../document/xml-part.ts';
import type { ProcessorInput } from '../processor.ts';
import type { FieldKind, RowSink } from './row-table.ts';
import { dateText, type NumberLook, readLooks } from './sheet-format.ts';

/** Workbooks and templates of them, with macros and without. */
export const EXCEL_TYPES = [
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.template',
  'application/vnd.ms-excel.sheet.macroenabled.12',
  'application/vnd.ms-excel.template.macroenabled.12',
] as const;
/** Sheets without cells: of a chart, a dialogue, or macros of long ago. */
const NO_CELLS = /(?:^|\/)(?:chart|dialog|macro)sheets\//i;

interface Workbook {
  readonly name: string;
  /** Undefined when no sheet has cells. */
  readonly part: string | undefined;
  readonly is1904: boolean;
  readonly references: readonly string[];
}

const readWorkbook = async (office: OfficePackage): Promise<Workbook> => {
  const { name: main, format } = await findMain(office);
  if (format !== 'xlsx') throw new NonRetryableError('corrupt', { detail: 'It is no workbook.' });
  const references = await referencesOf(office, main);
  let is1904 = false;
  await walkPart(office, main, {
    opened: (element, { date1904 = '' }) => {
      if (element === 'workbookPr') is1904 = date1904 === '1' || date1904 === 'true';
    },
  });
  const sheets = (await listed(office, main, 'sheets')).map(({ id, name }) => ({
    name,
    part: references.get(id),
  }));
  const first = sheets.find(({ part }) => part !== undefined && !NO_CELLS.test(part));
  const rest = { is1904, references: [...references.values()] };
  return first === undefined
    ? { name: '', part: undefined, ...rest }
    : { name: first.name, part: first.part, ...rest };
};

/** `AB12` → 27; undefined for what is no reference. */
const columnIn = (reference: string): number | undefined => {
  const letters = /^\$?([A-Z]{1,3})/.exec(reference)?.[1];
  if (letters === undefined) return undefined;
  let column = 0;
  for (const letter of letters) column = column * 26 + letter.charCodeAt(0) - 64;
  return column - 1;
};

interface SheetReading {
  /** Characters of a cell that are read. */
  readonly keptCharacters: number;
  readonly strings: readonly string[];
  readonly looks: readonly NumberLook[];
  readonly is1904: boolean;
}

interface RawCell {
  readonly type: string;
  readonly style: number;
  readonly value: string;
}

/** What a cell shows; undefined for an empty one, and for an error: there is no value. */
const shownBy = (
  { type, style, value }: RawCell,
  { strings, looks, is1904 }: SheetReading,
): readonly [string, FieldKind] | undefined => {
  if (value === '' || type === 'e') return undefined;
  if (type === 's') {
    const text = strings[Number(value)];
    return text === undefined || text === '' ? undefined : [text, 'quoted'];
  }
  if (type === 'str' || type === 'inlineStr') return [value, 'quoted'];
  if (type === 'b') return [value === '1' || value === 'true' ? 'true' : 'false', 'plain'];
  const look = looks[style] ?? 'number';
  const shown = look === 'number' ? undefined : dateText(Number(value), look, is1904);
  return [shown ?? value, 'plain'];
};

const readRows = async (
  office: OfficePackage,
  part: string,
  { reading, sink }: { readonly reading: SheetReading; readonly sink: RowSink },
): Promise<void> => {
  let [column, width, type, style] = [0, 0, '', 0];
  let [value, isValue, isPhonetic] = ['', false, false];
  await walkPart(office, part, {
    opened: (element, attributes) => {
      if (element === 'row') [column, width] = [0, 0];
      if (element === 'c') {
        column = columnIn(attributes.r ?? '') ?? column;
        [type, style, value] = [attributes.t ?? 'n', Number(attributes.s ?? 0), ''];
      }
      if (element === 'rPh') isPhonetic = true;
      // `v` holds a value, `t` a string in place; a formula is left out.
      isValue = element === 'v' || (element === 't' && !isPhonetic);
    },
    text: (piece) => {
      if (isValue) value += piece.slice(0, Math.max(0, reading.keptCharacters - value.length));
    },
    closed: (element) => {
      isValue = false;
      if (element === 'rPh') isPhonetic = false;
      if (element === 'row') {
        if (width > 0) sink.endRecord(width);
        else sink.blankLine();
      }
      if (element !== 'c') return;
      const shown = shownBy({ type, style, value }, reading);
      if (shown !== undefined) {
        sink.field(column, ...shown);
        width = Math.max(width, column + 1);
      }
      column += 1;
    },
  });
};

/**
 * Tells `sink` of every row of the first sheet with cells.
 * @returns the name of the sheet, or null when there is none
 * @throws NonRetryableError `corrupt`, `encrypted`; `over_budget` for too many strings or too much XML; what `sink` throws.
 */
export const readExcelSheet = async (
  input: ProcessorInput,
  sink: RowSink,
  keptCharacters: number,
): Promise<string | null> => {
  const office = await openRangedPackage(input);
  const { name, part, is1904, references } = await readWorkbook(office);
  if (part === undefined) return null;
  const looks = await readLooks(office, references);
  const strings = await readSharedStrings(office, references, keptCharacters);
  await readRows(office, part, { reading: { strings, looks, is1904, keptCharacters }, sink });
  return name;
};
