/** The profile of a table: its shape, and for each column how full it is, its range, and where its examples lie in it. */
import { button, element, foreignText, svg } from '../element.ts';
import { counted, numberOf } from '../words.ts';
import {
  isOutcome,
  isTrueIn,
  numberIn,
  type Outcome,
  outcomesIn,
  textIn,
  textsIn,
} from './outcome.ts';
import { bar, hrefOf, type Preview, type PreviewContext, remarks, scrolling } from './preview.ts';

/** A browser lays out so many rows without a pause; the derived file has them all. */
const MOST_COLUMNS = 300;

const DELIMITERS: Readonly<Record<string, string>> = {
  ',': 'comma separated',
  ';': 'semicolon separated',
  '\t': 'tab separated',
  '|': 'bar separated',
};

/** A line from the smallest to the largest value, with a mark for each example. */
const range = (low: number, high: number, examples: readonly string[]): SVGElement => {
  const span = high - low;
  const marks = examples
    .map(Number)
    .filter((value) => Number.isFinite(value) && span > 0)
    .map((value) => 4 + (92 * (value - low)) / span)
    .map((at) => svg('circle', { class: 'range-mark', cx: at.toFixed(1), cy: 6, r: 3 }));
  return svg(
    'svg',
    { class: 'range', viewBox: '0 0 100 12', 'aria-hidden': 'true' },
    svg('path', { class: 'range-line', d: 'M4 6h92 M4 3v6 M96 3v6' }),
    ...marks,
  );
};

const rangeCell = (column: Outcome): HTMLElement => {
  const low = numberIn(column, 'min');
  const high = numberIn(column, 'max');
  if (low !== undefined && high !== undefined) {
    const ends = element('span', { class: 'ends' }, numberOf(low), ' – ', numberOf(high));
    return element('td', {}, range(low, high, textsIn(column, 'examples')), ends);
  }
  const first = textIn(column, 'min');
  const last = textIn(column, 'max');
  if (first === undefined || last === undefined) return element('td', {}, '–');
  return element(
    'td',
    {},
    element('span', { class: 'ends' }, foreignText(first), ' – ', foreignText(last)),
  );
};

const columnRow = (column: Outcome, index: number, rows: number): HTMLTableRowElement => {
  const share = rows === 0 ? 0 : (rows - (numberIn(column, 'nulls') ?? 0)) / rows;
  const name = textIn(column, 'name') ?? '';
  const examples = textsIn(column, 'examples').flatMap((example, at) => [
    at === 0 ? undefined : ', ',
    foreignText(example),
  ]);
  // 99.96 % must not be read as "nothing is missing".
  const percent = share < 1 ? Math.min(99.9, Math.floor(share * 1000) / 10) : 100;
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, name === '' ? `Column ${index + 1}` : foreignText(name)),
    element('td', {}, textIn(column, 'type') ?? ''),
    element('td', { class: 'filled' }, bar(share), `${percent} %`),
    rangeCell(column),
    element('td', { class: 'examples' }, ...examples),
  );
};

const columnsTable = (columns: readonly Outcome[], rows: number, fileName: string): HTMLElement => {
  const heads = ['Column', 'Type', 'Filled', 'Range', 'Examples'];
  const table = element(
    'table',
    {},
    element(
      'thead',
      {},
      element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
    ),
    element(
      'tbody',
      {},
      ...columns.slice(0, MOST_COLUMNS).map((column, index) => columnRow(column, index, rows)),
    ),
  );
  return scrolling(`Columns of ${fileName}`, table);
};

/** Only lines and rows can be a header: other formats name their columns by themselves. */
const headerOf = (outcome: Outcome): string => {
  if (isTrueIn(outcome, 'header')) return 'first row is the header';
  const mayHaveOne = ['delimiter', 'sheet'].some((part) => textIn(outcome, part) !== undefined);
  return mayHaveOne ? 'no header' : '';
};

const sheetOf = (outcome: Outcome): string => {
  const sheet = textIn(outcome, 'sheet');
  return sheet === undefined ? '' : `sheet “${sheet}”`;
};

const shapeOf = (outcome: Outcome, rows: number, columns: number): string =>
  [
    `${counted(rows, 'row')} × ${counted(columns, 'column')}`,
    DELIMITERS[textIn(outcome, 'delimiter') ?? ''] ?? '',
    headerOf(outcome),
    sheetOf(outcome),
    (textIn(outcome, 'encoding') ?? '').toUpperCase(),
  ]
    .filter(Boolean)
    .join(' · ');

const remarksOf = (outcome: Outcome): HTMLElement | undefined => {
  const ragged = numberIn(outcome, 'ragged') ?? 0;
  const nulBytes = numberIn(outcome, 'nulBytes') ?? 0;
  const blankLines = numberIn(outcome, 'blankLines') ?? 0;
  return remarks([
    ragged > 0
      ? `${counted(ragged, 'record has', 'records have')} another number of fields than the first.`
      : undefined,
    isTrueIn(outcome, 'unclosedQuote') ? 'A quoted field is never closed.' : undefined,
    nulBytes > 0
      ? `There ${nulBytes === 1 ? 'is' : 'are'} ${counted(nulBytes, 'zero byte')} in it.`
      : undefined,
    blankLines > 0
      ? `${counted(blankLines, 'blank line was', 'blank lines were')} skipped.`
      : undefined,
  ]);
};

/** Replaces the first columns by all of them, from the derived file. */
const showAll = async (
  place: HTMLElement,
  { href, rows }: { readonly href: string; readonly rows: number },
  context: PreviewContext,
) => {
  const profile: unknown = await (await context.api.open(href)).json();
  const columns = isOutcome(profile) ? outcomesIn(profile, 'columnProfiles') : [];
  const cut =
    columns.length > MOST_COLUMNS
      ? `The first ${MOST_COLUMNS} of ${counted(columns.length, 'column')}; the file below has all.`
      : undefined;
  place.replaceChildren(columnsTable(columns, rows, context.fileName), remarks([cut]) ?? '');
};

export const tablePreview: Preview = (outcome, context) => {
  const rows = numberIn(outcome, 'rows');
  const columns = numberIn(outcome, 'columns');
  if (rows === undefined || columns === undefined) return undefined;
  const told = outcomesIn(outcome, 'columnProfiles');
  const place = element('div', {}, columnsTable(told, rows, context.fileName));
  const href = hrefOf(context.step, textIn(outcome, 'file') ?? '');
  if (href !== undefined) {
    const all = button({ text: `Show all ${counted(columns, 'column')}` }, () => {
      showAll(place, { href, rows }, context).catch((error: unknown) => {
        all.textContent = error instanceof Error ? error.message : String(error);
      });
    });
    place.append(element('p', { class: 'more' }, all));
  }
  return element(
    'div',
    {},
    element('p', { class: 'facts' }, shapeOf(outcome, rows, columns)),
    told.length > 0 ? place : undefined,
    remarksOf(outcome),
  );
};
