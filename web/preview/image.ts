/** Thumbnails of a picture. */
import { element } from '../element.ts';
import { counted, countOf } from '../words.ts';
import { numberIn, type Outcome, outcomesIn, textIn } from './outcome.ts';
import { pictureButton } from './picture.ts';
import type { Preview } from './preview.ts';

const factsOf = (outcome: Outcome): string => {
  const width = numberIn(outcome, 'displayedWidth') ?? numberIn(outcome, 'width') ?? 0;
  const height = numberIn(outcome, 'displayedHeight') ?? numberIn(outcome, 'height') ?? 0;
  const frames = numberIn(outcome, 'frames') ?? 1;
  const turned = (numberIn(outcome, 'orientation') ?? 1) > 1 ? 'turned upright' : '';
  return [
    `${countOf(width)} × ${countOf(height)} pixels`,
    (textIn(outcome, 'format') ?? '').toUpperCase(),
    frames > 1 ? counted(frames, 'frame') : '',
    turned,
  ]
    .filter(Boolean)
    .join(' · ');
};

export const imagePreview: Preview = (outcome, context) => {
  const thumbnails = outcomesIn(outcome, 'thumbnails');
  const [small] = thumbnails;
  const open = pictureButton({ small, large: thumbnails.at(-1), nameField: 'name' }, context);
  if (open === undefined) return undefined;
  return element(
    'div',
    { class: 'image-preview' },
    open,
    element('p', { class: 'facts' }, factsOf(outcome)),
  );
};
