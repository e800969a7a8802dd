/** The outcome of a processor that this page has no preview for: its fields, tidily. */
import { element, foreignText } from '../element.ts';
import { numberOf, titled } from '../words.ts';
import { isOutcome, type Outcome } from './outcome.ts';

const MOST_FIELDS = 40;
const DEEPEST = 3;

const nodeOf = (value: unknown, depth: number): Node | string => {
  if (value === null || value === undefined) return '–';
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return numberOf(value);
  if (typeof value === 'string') return foreignText(value);
  if (depth >= DEEPEST) return '…';
  if (isOutcome(value)) return fieldsOf(value, depth + 1);
  if (!Array.isArray(value)) return '–';
  if (value.length === 0) return 'none';
  const shown = value.slice(0, MOST_FIELDS).map((one) => element('li', {}, nodeOf(one, depth + 1)));
  return element('ul', { class: 'values' }, ...shown, more(value.length));
};

const more = (count: number): HTMLElement | undefined =>
  count > MOST_FIELDS ? element('li', {}, `and ${count - MOST_FIELDS} more`) : undefined;

const fieldsOf = (outcome: Outcome, depth: number): HTMLElement => {
  const fields = Object.entries(outcome);
  const rows = fields
    .slice(0, MOST_FIELDS)
    .map(([name, value]) =>
      element(
        'div',
        {},
        element('dt', {}, foreignText(titled(name))),
        element('dd', {}, nodeOf(value, depth)),
      ),
    );
  return element('dl', { class: 'fields' }, ...rows);
};

export const unknownPreview = (outcome: unknown): HTMLElement | undefined =>
  isOutcome(outcome) && Object.keys(outcome).length > 0 ? fieldsOf(outcome, 0) : undefined;
