/** What a text holds, as three large numbers, and how it begins. */
import { element } from '../element.ts';
import { counted, countOf } from '../words.ts';
import { isTrueIn, numberIn, type Outcome, textIn } from './outcome.ts';
import { figure, type Preview, remarks, scrolling } from './preview.ts';

const LINE_ENDS: Readonly<Record<string, string>> = {
  lf: 'LF line ends',
  crlf: 'CRLF line ends',
  cr: 'CR line ends',
  mixed: 'mixed line ends',
  none: 'no line end',
};

/** As text, whatever it is: nothing in it is markup to this page. */
const beginningOf = (outcome: Outcome, fileName: string): readonly HTMLElement[] => {
  const beginning = textIn(outcome, 'beginning') ?? '';
  if (beginning === '') return [];
  const shown = scrolling(`Beginning of ${fileName}`, element('pre', { dir: 'auto' }, beginning));
  const isWhole = [...beginning].length >= (numberIn(outcome, 'characters') ?? 0);
  return isWhole
    ? [shown]
    : [shown, element('p', { class: 'facts' }, 'There is more in the file.')];
};

export const textPreview: Preview = (outcome, { fileName }) => {
  const lines = numberIn(outcome, 'lines');
  const words = numberIn(outcome, 'words');
  const characters = numberIn(outcome, 'characters');
  if (lines === undefined || words === undefined || characters === undefined) return undefined;
  const undecodable = numberIn(outcome, 'undecodable') ?? 0;
  const facts = [
    (textIn(outcome, 'encoding') ?? '').toUpperCase(),
    isTrueIn(outcome, 'bom') ? 'with a byte-order mark' : '',
    LINE_ENDS[textIn(outcome, 'lineEnds') ?? ''] ?? '',
  ];
  return element(
    'div',
    {},
    element(
      'dl',
      { class: 'figures' },
      figure(countOf(lines), lines === 1 ? 'line' : 'lines'),
      figure(countOf(words), words === 1 ? 'word' : 'words'),
      figure(countOf(characters), characters === 1 ? 'character' : 'characters'),
    ),
    element('p', { class: 'facts' }, facts.filter(Boolean).join(' · ')),
    remarks([
      undecodable > 0
        ? `${counted(undecodable, 'character')} could not be read in this encoding.`
        : undefined,
    ]),
    ...beginningOf(outcome, fileName),
  );
};
