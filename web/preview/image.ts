/** Thumbnails of a picture: a small one in the line, the large one when it is asked for. */
import { element } from '../element.ts';
import { counted, countOf } from '../words.ts';
import { numberIn, type Outcome, outcomesIn, textIn } from './outcome.ts';
import { hrefOf, type Preview, type PreviewContext } from './preview.ts';

const UNAVAILABLE = 'The thumbnail cannot be shown right now.';

/** Addresses live for a minute only: each showing asks for its own, and once more if that one had run out. */
const showInto = async (picture: HTMLImageElement, href: string, api: PreviewContext['api']) => {
  for (let tries = 0; tries < 2; tries += 1) {
    picture.src = await api.link(href);
    const shown = await picture.decode().then(
      () => true,
      () => false,
    );
    if (shown) return;
  }
  throw new Error(UNAVAILABLE);
};

const pictureOf = (thumbnail: Outcome, alt: string): HTMLImageElement =>
  element('img', {
    class: 'thumbnail',
    alt,
    width: numberIn(thumbnail, 'width'),
    height: numberIn(thumbnail, 'height'),
    decoding: 'async',
  });

const openLarge = async (thumbnail: Outcome, href: string, { api, fileName }: PreviewContext) => {
  const picture = pictureOf(thumbnail, fileName);
  const close = element('button', { type: 'button', class: 'button quiet' }, 'Close');
  const dialog = element('dialog', { class: 'large', 'aria-label': fileName }, picture, close);
  const end = () => dialog.close();
  close.addEventListener('click', end);
  dialog.addEventListener('click', ({ target }) => target === dialog && end());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  await showInto(picture, href, api).catch(() => picture.replaceWith(UNAVAILABLE));
};

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
  const large = thumbnails.at(-1);
  if (small === undefined || large === undefined) return undefined;
  const smallHref = hrefOf(context.step, textIn(small, 'name') ?? '');
  const largeHref = hrefOf(context.step, textIn(large, 'name') ?? '');
  if (smallHref === undefined || largeHref === undefined) return undefined;

  const picture = pictureOf(small, '');
  const open = element(
    'button',
    { type: 'button', class: 'thumbnail-button', 'aria-label': `Show ${context.fileName} larger` },
    picture,
  );
  open.addEventListener('click', () => void openLarge(large, largeHref, context));
  showInto(picture, smallHref, context.api).catch(() => {
    open.replaceWith(element('p', { class: 'facts' }, UNAVAILABLE));
  });
  return element(
    'div',
    { class: 'image-preview' },
    open,
    element('p', { class: 'facts' }, factsOf(outcome)),
  );
};
