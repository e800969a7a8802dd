/** Reads the first sheet of an OpenDocument spreadsheet, row by row. */
import { refuseEncrypted } from '../document/open-document.ts';
import { type OpenCell, walkSheets } from '../document/open-sheet.ts';
import { openRangedPackage } from '../document/package.ts';
import type { ProcessorInput } from '../processor.ts';
import type { FieldKind, RowSink } from './row-table.ts';

/** `PT36H05M00S`, a time of the day or a duration, as a clock shows it. */
const clockOf = (time: string): string | undefined => {
  const [, hours, minutes, seconds] =
    /^PT(\d{1,9})H(\d{1,2})M(\d{1,2})(?:[.,]\d*)?S$/.exec(time) ?? [];
  return hours === undefined
    ? undefined
    : [hours, minutes, seconds].map((part = '') => part.padStart(2, '0')).join(':');
};

/** What a cell holds; undefined for an error: there is no value. */
const heldBy = ({ type, value, text }: OpenCell): readonly [string, FieldKind] | undefined => {
  if (type === 'error') return undefined;
  if (value === undefined) return [text, 'quoted'];
  return [type === 'time' ? (clockOf(value) ?? value) : value, 'plain'];
};

/**
 * Tells `sink` of every row up to the last one with a value.
 * @param keptCharacters of a cell that are read
 * @returns the name of the sheet, or null when there is none
 * @throws NonRetryableError `corrupt`, `encrypted`; `over_budget` for too much XML; what `sink` throws.
 */
export const readOpenSheet = async (
  input: ProcessorInput,
  sink: RowSink,
  keptCharacters: number,
): Promise<string | null> => {
  const office = await openRangedPackage(input);
  await refuseEncrypted(office);
  let found: string | null = null;
  let last = 0;
  await walkSheets(office, {
    signal: input.signal,
    keptCharacters,
    isEnough: () => found !== null,
    sheet: (name) => {
      found = name;
    },
    row: (row, cells) => {
      for (; last < row - 1; last += 1) sink.blankLine();
      last = row;
      let width = 0;
      for (const cell of cells) {
        const value = heldBy(cell);
        if (value === undefined) continue;
        sink.field(cell.column, ...value);
        width = cell.column + 1;
      }
      if (width > 0) sink.endRecord(width);
      else sink.blankLine();
    },
  });
  return found;
};
