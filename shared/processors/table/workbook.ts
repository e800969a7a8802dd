/** Reads and profiles the first sheet of a workbook, of Excel or OpenDocument. */
import { OPEN_SHEET_TYPES } from '../document/open-document.ts';
import type { ProcessorInput } from '../processor.ts';
import { readOpenSheet } from './open-rows.ts';
import { createRowTable, type RowSink } from './row-table.ts';
import { EXCEL_TYPES, readExcelSheet } from './sheet.ts';
import type { TableSummary } from './summary.ts';

export const WORKBOOK_TYPES: readonly string[] = [...EXCEL_TYPES, ...OPEN_SHEET_TYPES];
/** What a profile looks at of a text. */
const KEPT_CHARACTERS = 256;
/** Characters of the sheet's name that are told; Excel allows 31. */
const NAME_CHARACTERS = 100;

/**
 * Tells `sink` of every row of the first sheet with cells.
 * @param keptCharacters of a cell that are read
 * @returns the name of the sheet, or null when there is none
 * @throws NonRetryableError `corrupt`, `encrypted`; `over_budget` for too many strings or too much XML; what `sink` throws.
 */
export const readFirstSheet = async (
  input: ProcessorInput,
  sink: RowSink,
  keptCharacters: number,
): Promise<string | null> => {
  const read = OPEN_SHEET_TYPES.includes(input.source.type) ? readOpenSheet : readExcelSheet;
  return (await read(input, sink, keptCharacters))?.slice(0, NAME_CHARACTERS) ?? null;
};

/** @throws NonRetryableError as `readFirstSheet` does; `over_budget` for too many columns. */
export const profileSheet = async (input: ProcessorInput): Promise<TableSummary> => {
  const table = createRowTable({
    onWidth: (columns) => input.budget.reach('entries', columns),
    isPadded: true,
  });
  const sheet = await readFirstSheet(input, table, KEPT_CHARACTERS);
  const profile = await table.end(input.signal);
  return {
    ...profile,
    encoding: null,
    bom: false,
    delimiter: null,
    nulBytes: 0,
    remarks: 0,
    sheet,
    profiledRows: profile.rows,
  };
};
