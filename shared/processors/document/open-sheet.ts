/** The rows of OpenDocument sheets: what is written once and shown many times is told as often as it is shown. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createTurns } from '../reading/turns.ts';
import type { OfficePackage } from './package.ts';
import { walkPart } from './xml-part.ts';

/** Where the text and the sheets of an OpenDocument file are. */
export const CONTENT = 'content.xml';
/** Rows and columns of the largest sheet that LibreOffice shows. */
const MOST_ROWS = 1_048_576;
const MOST_COLUMNS = 16_384;
/** Characters of one row, which is held until it is told. */
const MOST_ROW_CHARACTERS = 16 * 1024 ** 2;
/** Cells of one row with a value, repeated ones among them. */
const MOST_ROW_CELLS = 65_536;
/** Values that are told once more because their row is repeated: a column that is filled to the end of the sheet, and no more. */
const MOST_REPEATED_CELLS = 8 * MOST_ROWS;
/** Tables that are no sheets, and texts that stand beside the cells. */
const ASIDE: ReadonlySet<string> = new Set([
  'annotation',
  'dde-links',
  'forms',
  'shapes',
  'tracked-changes',
]);

export interface OpenCell {
  readonly column: number;
  /** `string`, `float`, `percentage`, `currency`, `date`, `time`, `boolean`, `error`; empty for a bare text. */
  readonly type: string;
  /** As it is stored, where the type is no string. */
  readonly value: string | undefined;
  /** As it is shown, cut where `keptCharacters` says. */
  readonly text: string;
}

export interface OpenSheetReading {
  readonly signal: AbortSignal;
  /** Characters of a cell that are read. */
  readonly keptCharacters: number;
  sheet(name: string): void;
  /** A row with at least one value. @param row its number in the sheet, from 1 */
  row(row: number, cells: readonly OpenCell[]): void;
  /** Whether no more sheets are wanted; asked at the end of each. */
  isEnough?(): boolean;
}

const tooMuch = (detail: string): NonRetryableError =>
  new NonRetryableError('over_budget', { detail });

const timesIn = (repeated: string | undefined, most: number): number =>
  Math.min(Math.max(Number.parseInt(repeated ?? '', 10) || 1, 1), most);

interface Waiting {
  readonly from: number;
  readonly times: number;
  readonly cells: readonly OpenCell[];
}

/** Cells of the row that is being read. */
const createRow = () => {
  let cells: OpenCell[] = [];
  let [column, characters] = [0, 0];
  return {
    add(cell: Omit<OpenCell, 'column'>, times: number): void {
      const isFilled = cell.text !== '' || cell.value !== undefined;
      if (isFilled) {
        characters += cell.text.length;
        if (cells.length + times > MOST_ROW_CELLS || characters > MOST_ROW_CHARACTERS) {
          throw tooMuch(`The limit is ${MOST_ROW_CELLS} values in one row.`);
        }
        for (let at = 0; at < times; at += 1) cells.push({ ...cell, column: column + at });
      }
      column = Math.min(column + times, MOST_COLUMNS);
    },
    take(): readonly OpenCell[] {
      const taken = cells;
      cells = [];
      [column, characters] = [0, 0];
      return taken;
    },
  };
};

/** The value that the attributes of a cell hold. */
const valueIn = (attributes: Readonly<Record<string, string>>): string | undefined =>
  attributes.value ??
  attributes['date-value'] ??
  attributes['time-value'] ??
  attributes['boolean-value'];

/** Follows the cell that is open, and answers it at its end. */
const createCell = (keptCharacters: number) => {
  let [type, text, times, paragraphs, depth] = ['', '', 1, 0, 0];
  let value: string | undefined;
  return {
    begin(attributes: Readonly<Record<string, string>>): void {
      type = attributes['value-type'] ?? '';
      value = valueIn(attributes);
      text = '';
      times = timesIn(attributes['number-columns-repeated'], MOST_COLUMNS);
      [paragraphs, depth] = [0, 0];
    },
    openParagraph(): void {
      if (depth === 0 && paragraphs > 0) text += '\n';
      depth += 1;
      paragraphs += 1;
    },
    closeParagraph(): void {
      depth -= 1;
    },
    write(piece: string): void {
      if (depth > 0) text += piece.slice(0, Math.max(0, keptCharacters - text.length));
    },
    end: () => [{ type, value, text }, times] as const,
  };
};

/**
 * Tells of every sheet, and of every row with a value in it.
 * @throws NonRetryableError `corrupt`, `encrypted`; `over_budget` for a row beyond all measure; what `reading` throws.
 */
export const walkSheets = async (
  office: OfficePackage,
  reading: OpenSheetReading,
): Promise<void> => {
  const cell = createCell(reading.keptCharacters);
  const row = createRow();
  const waiting: (Waiting | string)[] = [];
  let [at, times, aside, isCell, isDone] = [0, 1, 0, false, false];
  let repeated = 0;

  const tell = async (): Promise<void> => {
    const turns = createTurns(reading.signal);
    for (const told of waiting.splice(0)) {
      if (typeof told === 'string') {
        if (reading.isEnough?.() === true) isDone = true;
        if (isDone) return;
        reading.sheet(told);
        continue;
      }
      repeated += told.cells.length * (told.times - 1);
      if (repeated > MOST_REPEATED_CELLS) {
        throw tooMuch(`The limit is ${MOST_REPEATED_CELLS} values in repeated rows.`);
      }
      for (let more = 0; more < told.times; more += 1) {
        reading.row(told.from + more, told.cells);
        if (turns.isOver()) await turns.next();
      }
    }
  };

  await walkPart(office, CONTENT, {
    opened: (element, attributes) => {
      if (ASIDE.has(element)) aside += 1;
      if (aside > 0) return;
      if (element === 'table') {
        waiting.push(attributes.name ?? '');
        at = 0;
      }
      if (element === 'table-row') times = timesIn(attributes['number-rows-repeated'], MOST_ROWS);
      if (element === 'table-cell' || element === 'covered-table-cell') {
        isCell = true;
        cell.begin(attributes);
      }
      if (element === 'p' && isCell) cell.openParagraph();
      if (element === 's') cell.write(' '.repeat(timesIn(attributes.c, MOST_COLUMNS)));
      if (element === 'tab') cell.write('\t');
      if (element === 'line-break') cell.write('\n');
    },
    text: (piece) => {
      if (aside === 0 && isCell) cell.write(piece);
    },
    closed: (element) => {
      if (ASIDE.has(element)) aside -= 1;
      if (aside > 0) return;
      if (element === 'p' && isCell) cell.closeParagraph();
      if (element === 'table-cell' || element === 'covered-table-cell') {
        isCell = false;
        row.add(...cell.end());
      }
      if (element !== 'table-row') return;
      const cells = row.take();
      if (cells.length > 0) waiting.push({ from: at + 1, times, cells });
      at = Math.min(at + times, MOST_ROWS);
    },
    between: tell,
    isDone: () => isDone,
  });
};
