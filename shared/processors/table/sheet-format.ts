/** Which cells of a workbook show dates: numbers whose style has a format of days or hours. */
import type { OfficePackage } from '../document/package.ts';
import { walkPart } from '../document/xml-part.ts';

export type NumberLook = 'number' | 'date' | 'time' | 'duration';

const MS_PER_DAY = 86_400_000;
/** 9999-12-31, the last day that a sheet can show. */
const LAST_DAY = 2_958_465;
/** The 1900 system counts a 29th of February 1900 that never was. */
const LEAP_THAT_WAS_NOT = 60;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
/** Styles that one workbook may define; Excel allows 65,490. */
const MOST_STYLES = 100_000;

/** Formats that every workbook has without defining them (ECMA-376, 18.8.30), those of East Asia among them. */
const builtInLook = (id: number): NumberLook => {
  const isDate = (id >= 14 && id <= 17) || id === 22 || (id >= 27 && id <= 31) || id === 36;
  if (isDate || (id >= 50 && id <= 54) || id === 57 || id === 58) return 'date';
  if (id === 46) return 'duration';
  const isTime = (id >= 18 && id <= 21) || (id >= 32 && id <= 35) || id === 45 || id === 47;
  return isTime || id === 55 || id === 56 ? 'time' : 'number';
};

/** By the letters of its first section that stand for days or hours; what is quoted, escaped or in brackets is none. */
const lookOf = (code: string): NumberLook => {
  const isDuration = /\[(?:h+|m+|s+)\]/i.test(code);
  const letters = code
    .replace(/"[^"]*"?|\\.|_.|\*.|\[[^\]]*\]?|AM\/PM|A\/P|General/gi, '')
    .replace(/;.*$/s, '');
  if (/[dye]/i.test(letters.replace(/E[+-]/gi, ''))) return 'date';
  if (isDuration) return 'duration';
  if (/[hs]/i.test(letters)) return 'time';
  return /m/i.test(letters) ? 'date' : 'number';
};

/** How the numbers of each style look, by the number of the style. */
export const readLooks = async (
  office: OfficePackage,
  references: readonly string[],
): Promise<readonly NumberLook[]> => {
  const part = references.find((name) => /(?:^|\/)styles\.xml$/i.test(name) && office.has(name));
  const own = new Map<number, NumberLook>();
  const looks: NumberLook[] = [];
  if (part === undefined) return looks;
  let isCellStyles = false;
  await walkPart(office, part, {
    opened: (element, { numFmtId = '', formatCode = '' }) => {
      const id = Number(numFmtId);
      if (element === 'numFmt') own.set(id, lookOf(formatCode));
      if (element === 'cellXfs') isCellStyles = true;
      if (element !== 'xf' || !isCellStyles || looks.length >= MOST_STYLES) return;
      looks.push(own.get(id) ?? builtInLook(id));
    },
    closed: (element) => {
      if (element === 'cellXfs') isCellStyles = false;
    },
  });
  return looks;
};

const twoDigits = (value: number): string => String(value).padStart(2, '0');

const clockOf = (share: number): string => {
  const seconds = Math.round(share * 86_400);
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  return `${twoDigits(hours)}:${twoDigits(minutes)}:${twoDigits(seconds % 60)}`;
};

/** The day and time that a number stands for, as ISO 8601; undefined for a number that is none. */
export const dateText = (
  serial: number,
  look: 'date' | 'time' | 'duration',
  is1904: boolean,
): string | undefined => {
  if (!(serial >= 0 && serial <= LAST_DAY)) return undefined;
  if (look === 'duration' || (serial < 1 && look === 'time')) return clockOf(serial);
  if (serial < 1) return serial === 0 ? undefined : clockOf(serial);
  const isEarly = !is1904 && serial < LEAP_THAT_WAS_NOT;
  const days = serial + (isEarly ? 1 : 0);
  const at = (is1904 ? EPOCH_1904 : EPOCH_1900) + Math.round(days * 86_400) * 1000;
  const iso = new Date(at).toISOString();
  return at % MS_PER_DAY === 0 ? iso.slice(0, 10) : iso.slice(0, 19);
};
