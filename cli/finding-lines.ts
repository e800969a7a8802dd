/** What a step found, for people: the fields of its outcome by the names that `--json` has, lists of alike things as a table. */
import { columns, plain } from './terminal.ts';

type Fields = Readonly<Record<string, unknown>>;

const MOST_ROWS = 40;
const MOST_VALUES = 20;
const WIDEST_CELL = 40;
const DEEPEST = 4;
const BLOCKS = '▁▂▃▄▅▆▇█';

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const isPlainValue = (value: unknown): boolean => typeof value !== 'object' || value === null;

/** As high as it is many, and never nothing for a few. */
const drawn = (counts: readonly number[]): string => {
  const most = Math.max(...counts, 1);
  return counts
    .map((count) => (count === 0 ? ' ' : BLOCKS[Math.ceil((count / most) * BLOCKS.length) - 1]))
    .join('')
    .trimEnd();
};

const more = (count: number, most: number): readonly string[] =>
  count > most ? [`and ${count - most} more`] : [];

const LINE_END = /\r\n|\n|\r/;

/** In one line; undefined for what needs several. */
const inLine = (name: string, value: unknown): string | undefined => {
  if (typeof value === 'string' && LINE_END.test(value)) return undefined;
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (isPlainValue(value)) return plain(String(value));
  if (isFields(value)) return Object.keys(value).length === 0 ? 'none' : undefined;
  if (!Array.isArray(value) || !value.every(isPlainValue)) return undefined;
  if (value.length === 0) return 'none';
  if (name === 'histogram' && value.every(Number.isFinite)) return `│${drawn(value)}│`;
  const shown = value.slice(0, MOST_VALUES).map((one) => inLine('', one) ?? '');
  return [...shown, ...more(value.length, MOST_VALUES)].join(', ');
};

const cut = (text: string): string =>
  text.length > WIDEST_CELL ? `${text.slice(0, WIDEST_CELL - 1)}…` : text;

const cellOf = (name: string, value: unknown): string =>
  value === undefined ? '' : cut(inLine(name, value) ?? plain(JSON.stringify(value)));

const tableLines = (rows: readonly Fields[]): readonly string[] => {
  const shown = rows.slice(0, MOST_ROWS);
  const names = [...new Set(shown.flatMap((row) => Object.keys(row)))];
  const cells = shown.map((row) => names.map((name) => cellOf(name, row[name])));
  return [...columns([names.map(plain), ...cells]), ...more(rows.length, MOST_ROWS)];
};

const listLines = (list: readonly unknown[], depth: number): readonly string[] => {
  if (list.every(isFields)) return tableLines(list);
  const shown = list.slice(0, MOST_ROWS).flatMap((one) => valueLines(one, depth));
  return [...shown, ...more(list.length, MOST_ROWS)];
};

const textLines = (text: string): readonly string[] => {
  const lines = text.replace(/(?:\r\n|\n|\r)$/, '').split(LINE_END);
  return [...lines.slice(0, MOST_ROWS).map(plain), ...more(lines.length, MOST_ROWS)];
};

const indented = (lines: readonly string[]): readonly string[] => lines.map((line) => `  ${line}`);

const valueLines = (value: unknown, depth: number): readonly string[] => {
  const line = inLine('', value);
  if (line !== undefined) return [line];
  if (typeof value === 'string') return textLines(value);
  if (depth >= DEEPEST) return [plain(JSON.stringify(value))];
  return Array.isArray(value)
    ? listLines(value, depth + 1)
    : fieldLines(value as Fields, depth + 1);
};

/** What fits into a line first and under each other, what needs several behind it under its name. */
const fieldLines = (fields: Fields, depth: number): readonly string[] => {
  const entries = Object.entries(fields).map(
    ([name, value]) => [plain(name), value, inLine(name, value)] as const,
  );
  const short = entries.flatMap(([name, , line]) => (line === undefined ? [] : [[name, line]]));
  const long = entries.filter(([, , line]) => line === undefined);
  return [
    ...columns(short),
    ...long.flatMap(([name, value]) => [name, ...indented(valueLines(value, depth))]),
  ];
};

/** The lines under the name of the step. */
export const findingLines = (step: string, outcome: unknown): readonly string[] => [
  step,
  ...indented(isFields(outcome) ? fieldLines(outcome, 0) : valueLines(outcome, 0)),
];
