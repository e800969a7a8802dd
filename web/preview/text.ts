/** What a text holds, as three large numbers. */
import { element } from '../element.ts';
import { counted, countOf } from '../words.ts';
import { isTrueIn, numberIn, textIn } from './outcome.ts';
import { figure, type Preview, remarks } from './preview.ts';

const LINE_ENDS: Readonly<Record<string, string>> = {
  lf: 'LF line ends',
  crlf: 'CRLF line ends',
  cr: 'CR line ends',
  mixed: 'mixed line ends',
  none: 'no line end',
};

export const textPreview: Preview = (outcome) => {
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
  );
};
