/** What a JSON file is made of: how many values of each type, and the members of its records. */
import { element, foreignText } from '../element.ts';
import { counted, countOf } from '../words.ts';
import {
  countsIn,
  isTrueIn,
  numberIn,
  type Outcome,
  outcomesIn,
  textIn,
  textsIn,
} from './outcome.ts';
import { bar, type Preview, remarks, scrolling } from './preview.ts';

/** Bars of counts against the largest of them. */
const countBars = (counts: readonly (readonly [string, number])[]): HTMLElement => {
  const most = Math.max(1, ...counts.map(([, count]) => count));
  return element(
    'dl',
    { class: 'bars' },
    ...counts.map(([name, count]) =>
      element(
        'div',
        {},
        element('dt', {}, foreignText(name)),
        element('dd', {}, bar(count / most), countOf(count)),
      ),
    ),
  );
};

const memberRow = (member: Outcome): HTMLTableRowElement =>
  element(
    'tr',
    {},
    element('th', { scope: 'row' }, foreignText(textIn(member, 'name') ?? '')),
    element('td', {}, textsIn(member, 'types').join(' or ')),
    element('td', { class: 'number' }, countOf(numberIn(member, 'count') ?? 0)),
  );

const membersTable = (members: readonly Outcome[], fileName: string): HTMLElement => {
  const heads = ['Member', 'Type', 'Times'];
  const table = element(
    'table',
    {},
    element(
      'thead',
      {},
      element('tr', {}, ...heads.map((head) => element('th', { scope: 'col' }, head))),
    ),
    element('tbody', {}, ...members.map(memberRow)),
  );
  return scrolling(`Members of ${fileName}`, table);
};

export const jsonPreview: Preview = (outcome, { fileName }) => {
  const root = textIn(outcome, 'root');
  const documents = numberIn(outcome, 'documents');
  if (root === undefined || documents === undefined) return undefined;
  const duplicates = numberIn(outcome, 'duplicateKeys') ?? 0;
  const members = outcomesIn(outcome, 'members');
  const facts = [
    documents === 1 ? `valid, ${root} at the root` : `valid, ${counted(documents, 'document')}`,
    counted(numberIn(outcome, 'depth') ?? 0, 'level'),
  ];
  return element(
    'div',
    {},
    element('p', { class: 'facts' }, facts.join(' · ')),
    countBars(countsIn(outcome, 'counts')),
    members.length > 0 ? membersTable(members, fileName) : undefined,
    remarks([
      isTrueIn(outcome, 'membersCut') ? 'There are more members than these.' : undefined,
      duplicates > 0
        ? `${counted(duplicates, 'key stands', 'keys stand')} twice in one object.`
        : undefined,
    ]),
  );
};
