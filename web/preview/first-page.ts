/** The first page of a document, drawn. */
import { element } from '../element.ts';
import { counted } from '../words.ts';
import { numberIn } from './outcome.ts';
import { pictureButton } from './picture.ts';
import type { Preview } from './preview.ts';

export const firstPagePreview: Preview = (outcome, context) => {
  const pages = numberIn(outcome, 'pages');
  const open = pictureButton({ small: outcome, large: outcome, nameField: 'file' }, context);
  if (pages === undefined || open === undefined) return undefined;
  return element(
    'div',
    { class: 'image-preview first-page' },
    open,
    element(
      'p',
      { class: 'facts' },
      pages === 1 ? 'Its only page' : `Of ${counted(pages, 'page')}`,
    ),
  );
};
