/** The profile of a table: its shape, and for each column how full it is, how many values it has and how they spread. */
import { button, element, foreignText } from '../element.ts';
import { counted, countOf, percentOf } from '../words.ts';
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
import { spreadCell } from './spread.ts';

/** A browser lays out so many rows without a pause; the derived file has them all. */
const MOST_COLUMNS = 300;

const DELIMITERS: Readonly<Record<string, string>> = {
  ',': 'comma separated',
  ';': 'semicolon separated',
  '\t': 'tab separated',
  '|': 'bar separated',
  ':': 'colon separated',
  '^': 'caret separated',
  '~': 'tilde separated',
  '\x1f': 'unit separators',
};

/** An estimate, nearly always exact up to about ten. */
const EXACT_UP_TO = 10;

const distinctOf = (column: Outcome): string => {
  const distinct = numberIn(column, 'distinct');
  if (distinct === undefined) return '';
  return distinct > EXACT_UP_TO ? `about ${countOf(distinct)}` : countOf(distinct);
};

interface Counted {
  readonly rows: number;
  /** Records that the spread was counted in. */
  readonly sampled: number;
}

const columnRow = (
  column: Outcome,
  index: number,
  { rows, sampled }: Counted,
): HTMLTableRowElement => {
  const filled = Math.max(0, rows - (numberIn(column, 'nulls') ?? 0));
  const share = rows === 0 ? 0 : filled / rows;
  const name = textIn(column, 'name') ?? '';
  const examples = textsIn(column, 'examples').flatMap((example, at) => [
    at === 0 ? undefined : ', ',
    foreignText(example),
  ]);
  return element(
    'tr',
    {},
    element('th', { scope: 'row' }, name === '' ? `Column ${index + 1}` : foreignText(name)),
    element('td', {}, textIn(column, 'type') ?? ''),
    spreadCell(column, sampled),
    element('td', { class: 'filled' }, bar(share), percentOf(share)),
    element('td', { class: 'number' }, distinctOf(column)),
    element('td', { class: 'examples' }, ...examples),
  );
};

const columnsTable = (
  columns: readonly Outcome[],
  numbers: Counted,
  fileName: string,
): HTMLElement => {
  const heads = ['Column', 'Type', 'Values', 'Filled', 'Different', 'Examples'];
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
      ...columns.slice(0, MOST_COLUMNS).map((column, index) => columnRow(column, index, numbers)),
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

const sampleOf = (sampled: number): HTMLElement =>
  element('p', { class: 'facts' }, `Values are counted in a sample of ${counted(sampled, 'row')}.`);

/** Replaces the first columns by all of them, from the derived file. */
const showAll = async (
  place: HTMLElement,
  { href, ...numbers }: Counted & { readonly href: string },
  context: PreviewContext,
) => {
  const profile: unknown = await (await context.api.open(href)).json();
  const columns = isOutcome(profile) ? outcomesIn(profile, 'columnProfiles') : [];
  const cut =
    columns.length > MOST_COLUMNS
      ? `The first ${MOST_COLUMNS} of ${counted(columns.length, 'column')}; the file below has all.`
      : undefined;
  place.replaceChildren(columnsTable(columns, numbers, context.fileName), remarks([cut]) ?? '');
};

export const tablePreview: Preview = (outcome, context) => {
  const rows = numberIn(outcome, 'rows');
  const columns = numberIn(outcome, 'columns');
  if (rows === undefined || columns === undefined) return undefined;
  const told = outcomesIn(outcome, 'columnProfiles');
  const sampled = numberIn(outcome, 'sampled') ?? rows;
  const numbers = { rows, sampled };
  const place = element('div', {}, columnsTable(told, numbers, context.fileName));
  const href = hrefOf(context.step, textIn(outcome, 'file') ?? '');
  if (href !== undefined) {
    const all = button({ text: `Show all ${counted(columns, 'column')}` }, () => {
      showAll(place, { href, ...numbers }, context).catch((error: unknown) => {
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
    sampled > 0 && sampled < rows ? sampleOf(sampled) : undefined,
    remarksOf(outcome),
  );
};
