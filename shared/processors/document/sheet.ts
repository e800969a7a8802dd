/** The cells of a sheet as lines of text, fields apart by tabs. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { OfficePackage } from './package.ts';
import { walkPart } from './xml-part.ts';

/** Strings that cells share are held while the sheets are read: so many, and so many characters of them. */
const MOST_STRINGS = 1_000_000;
const MOST_CHARACTERS = 64 * 1024 ** 2;
const SHARED = /(?:^|\/)sharedStrings\.xml$/i;

/**
 * Every string that cells may refer to by its place; none where the workbook has no such part.
 * @param keptCharacters what is kept of each
 */
export const readSharedStrings = async (
  office: OfficePackage,
  references: readonly string[],
  keptCharacters = MOST_CHARACTERS,
): Promise<readonly string[]> => {
  const strings: string[] = [];
  let characters = 0;
  const part = references.find((name) => SHARED.test(name) && office.has(name));
  if (part === undefined) return strings;
  let [text, isText, isPhonetic] = ['', false, false];
  await walkPart(office, part, {
    opened: (element) => {
      if (element === 'si') text = '';
      // How a Japanese word is read aloud is no part of it.
      if (element === 'rPh') isPhonetic = true;
      isText = element === 't' && !isPhonetic;
    },
    text: (piece) => {
      if (isText) text += piece.slice(0, Math.max(0, keptCharacters - text.length));
    },
    closed: (element) => {
      if (element === 't') isText = false;
      if (element === 'rPh') isPhonetic = false;
      if (element !== 'si') return;
      strings.push(text);
      characters += text.length;
      if (strings.length > MOST_STRINGS || characters > MOST_CHARACTERS) {
        throw new NonRetryableError('over_budget', {
          detail: `The limit is ${MOST_STRINGS} shared strings of ${MOST_CHARACTERS} characters.`,
        });
      }
    },
  });
  return strings;
};

export interface SheetReading {
  readonly strings: readonly string[];
  readonly write: (text: string) => void;
}

/** Writes each row as a line; answers the number of the last row. */
export const readSheet = async (
  office: OfficePackage,
  part: string,
  { strings, write }: SheetReading,
): Promise<number> => {
  let [last, cells, type, value, isValue] = [0, 0, '', '', false];
  await walkPart(office, part, {
    opened: (element, attributes) => {
      if (element === 'row') {
        last = Number.parseInt(attributes.r ?? '', 10) || last + 1;
        cells = 0;
      }
      if (element === 'c') [type, value] = [attributes.t ?? '', ''];
      // `v` holds a value, `t` a string in place; a formula is left out.
      isValue = element === 'v' || element === 't';
    },
    text: (piece) => {
      if (isValue) value += piece;
    },
    closed: (element) => {
      isValue = false;
      if (element === 'row') write('\n');
      if (element !== 'c') return;
      const shown = type === 's' ? (strings[Number(value)] ?? '') : value;
      write(`${cells > 0 ? '\t' : ''}${shown}`);
      cells += 1;
    },
  });
  return last;
};
