/** What the text of a field means by its declared type: a value that can be compared with others of its type. */
import type { StringFormat, TableField } from './table-schema.ts';

/** Numbers, years and months by value, dates and times as milliseconds; text stays text. */
export type FieldValue = number | string | boolean;

/** Undefined for a text that is none of the type. */
export type FieldParser = (text: string) => FieldValue | undefined;

const MS_PER_MINUTE = 60_000;
/** RFC 5321 allows no longer address; it also keeps the pattern for one from being slow. */
const MOST_ADDRESS = 254;

const DATE = String.raw`(\d{4})-(\d\d)-(\d\d)`;
const TIME = String.raw`([01]\d|2[0-3]):([0-5]\d)(?::([0-5]\d(?:\.\d{1,9})?))?`;
const ZONE = String.raw`(Z|[+-](?:0\d|1[0-4]):?[0-5]\d)?`;
const ISO_DATE = new RegExp(`^${DATE}$`);
const ISO_TIME = new RegExp(`^${TIME}$`);
const ISO_DATETIME = new RegExp(`^${DATE}[T ]${TIME}${ZONE}$`);
const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,3})?$/;
const SPECIAL: ReadonlyMap<string, number> = new Map([
  ['NaN', Number.NaN],
  ['INF', Number.POSITIVE_INFINITY],
  ['-INF', Number.NEGATIVE_INFINITY],
]);

const FORMATS: Readonly<Record<StringFormat, (text: string) => boolean>> = {
  default: () => true,
  email: (text) => text.length <= MOST_ADDRESS && /^[^\s@]+@[^\s@]+\.[^\s@.]+$/.test(text),
  uri: (text) => /^[A-Za-z][A-Za-z0-9+.-]*:\S+$/.test(text),
  uuid: (text) => /^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/.test(text),
};

/** Undefined for days that their month does not have. */
const dayOf = (year = '', month = '', day = ''): number | undefined => {
  const at = new Date(0);
  at.setUTCFullYear(Number(year), Number(month) - 1, Number(day));
  const isReal = at.getUTCMonth() === Number(month) - 1 && at.getUTCDate() === Number(day);
  return isReal ? at.getTime() : undefined;
};

const clockOf = (hours = '', minutes = '', seconds = '0'): number =>
  (Number(hours) * 60 + Number(minutes)) * MS_PER_MINUTE + Number(seconds) * 1000;

/** Without a zone it is read as UTC. */
const zoneOf = (zone = 'Z'): number => {
  if (zone === 'Z') return 0;
  const [, sign, hours, minutes] = /^([+-])(\d\d):?(\d\d)$/.exec(zone) ?? [];
  return (sign === '-' ? -1 : 1) * clockOf(hours, minutes);
};

const parseDate: FieldParser = (text) => {
  const [isDate, ...parts] = ISO_DATE.exec(text) ?? [];
  return isDate === undefined ? undefined : dayOf(...parts);
};

const parseTime: FieldParser = (text) => {
  const [isTime, ...parts] = ISO_TIME.exec(text) ?? [];
  return isTime === undefined ? undefined : clockOf(...parts);
};

const parseDatetime: FieldParser = (text) => {
  const [isDatetime, year, month, date, hours, minutes, seconds, zone] =
    ISO_DATETIME.exec(text) ?? [];
  const day = isDatetime === undefined ? undefined : dayOf(year, month, date);
  return day === undefined ? undefined : day + clockOf(hours, minutes, seconds) - zoneOf(zone);
};

const parseYear: FieldParser = (text) => (/^-?\d{4}$/.test(text) ? Number(text) : undefined);

const parseMonth: FieldParser = (text) => {
  const [, year, month] = /^(-?\d{4})-(0[1-9]|1[0-2])$/.exec(text) ?? [];
  return year === undefined ? undefined : Number(year) * 12 + Number(month);
};

const numberParser = ({ decimalChar = '.', groupChar, type }: TableField): FieldParser => {
  const isInteger = type === 'integer';
  return (text) => {
    const digits = groupChar === undefined ? text : text.replaceAll(groupChar, '');
    if (isInteger) return /^[+-]?\d+$/.test(digits) ? Number(digits) : undefined;
    const special = SPECIAL.get(digits);
    if (special !== undefined) return special;
    if (decimalChar !== '.' && digits.includes('.')) return undefined;
    const plain = decimalChar === '.' ? digits : digits.replace(decimalChar, '.');
    return DECIMAL.test(plain) ? Number(plain) : undefined;
  };
};

const booleanParser = ({
  trueValues = ['true', 'True', 'TRUE', '1'],
  falseValues = ['false', 'False', 'FALSE', '0'],
}: TableField): FieldParser => {
  const values = new Map([
    ...falseValues.map((text) => [text, false] as const),
    ...trueValues.map((text) => [text, true] as const),
  ]);
  return (text) => values.get(text);
};

/** How the texts of a field are read; without a type it is `any`. */
export const parserOf = (field: TableField): FieldParser => {
  const { type = 'any', format = 'default' } = field;
  switch (type) {
    case 'any':
      return (text) => text;
    case 'string':
      return (text) => (FORMATS[format](text) ? text : undefined);
    case 'integer':
    case 'number':
      return numberParser(field);
    case 'boolean':
      return booleanParser(field);
    case 'date':
      return parseDate;
    case 'time':
      return parseTime;
    case 'datetime':
      return parseDatetime;
    case 'year':
      return parseYear;
    case 'yearmonth':
      return parseMonth;
  }
};
