/** What an XML or SVG file holds, and whether anything in it runs or reaches out. */
import { element, foreignText } from '../element.ts';
import { counted, countOf } from '../words.ts';
import { numberIn, textIn } from './outcome.ts';
import { figure, type Preview, remarks } from './preview.ts';

export const xmlPreview: Preview = (outcome) => {
  const root = textIn(outcome, 'root');
  const elements = numberIn(outcome, 'elements');
  if (root === undefined || elements === undefined) return undefined;
  const attributes = numberIn(outcome, 'attributes') ?? 0;
  const depth = numberIn(outcome, 'depth') ?? 0;
  const scripts = numberIn(outcome, 'scripts') ?? 0;
  const outside = numberIn(outcome, 'outsideReferences') ?? 0;
  return element(
    'div',
    {},
    element(
      'dl',
      { class: 'figures' },
      figure(countOf(elements), elements === 1 ? 'element' : 'elements'),
      figure(countOf(attributes), attributes === 1 ? 'attribute' : 'attributes'),
      figure(countOf(depth), depth === 1 ? 'level' : 'levels'),
    ),
    element('p', { class: 'facts' }, 'well-formed · root ', element('code', {}, foreignText(root))),
    remarks([
      scripts > 0 ? `It carries ${counted(scripts, 'script')}: do not show it inline.` : undefined,
      outside > 0
        ? `It reaches out to ${counted(outside, 'address', 'addresses')} elsewhere.`
        : undefined,
    ]),
  );
};
