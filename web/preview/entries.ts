/** What of an archive became no upload of its own; what did stands above, file by file. */
import { element } from '../element.ts';
import { counted } from '../words.ts';
import { countsIn, numberIn } from './outcome.ts';
import { type Preview, remarks } from './preview.ts';

const REASONS: Readonly<Record<string, string>> = {
  directory: 'a folder',
  link: 'a link',
  encrypted: 'encrypted',
  unsupported: 'packed in a way that is not unpacked here',
  unsafe_name: 'with a name that leads out of the archive',
  duplicate: 'with the name of another',
};

export const entriesPreview: Preview = (outcome) => {
  const children = numberIn(outcome, 'children');
  if (children === undefined) return undefined;
  const leftOut = countsIn(outcome, 'leftOut').map(
    ([reason, count]) =>
      `${counted(count, 'entry', 'entries')} left out: ${REASONS[reason] ?? reason}.`,
  );
  return element(
    'div',
    {},
    element('p', { class: 'facts' }, `${counted(children, 'file')} unpacked`),
    remarks(leftOut),
  );
};
