/** A picture among the derived files: small in the line, large when it is asked for. */
import { element } from '../element.ts';
import { numberIn, type Outcome, textIn } from './outcome.ts';
import { hrefOf, type PreviewContext } from './preview.ts';

const UNAVAILABLE = 'The thumbnail cannot be shown right now.';

/** Addresses live for a minute only: each showing asks for its own, and once more if that one had run out. */
const showInto = async (picture: HTMLImageElement, href: string, api: PreviewContext['api']) => {
  for (let tries = 0; tries < 2; tries += 1) {
    picture.src = (await api.link(href)).url;
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

/** What an outcome tells of the pictures it made: the one that is shown, and the one that it opens. */
export interface Pictures {
  readonly small: Outcome | undefined;
  readonly large: Outcome | undefined;
  /** In the outcome, the name of its file. */
  readonly nameField: 'name' | 'file';
}

/** A button that opens the picture; a sentence where the storage does not give it. */
export const pictureButton = (
  { small, large, nameField }: Pictures,
  context: PreviewContext,
): HTMLElement | undefined => {
  if (small === undefined || large === undefined) return undefined;
  const smallHref = hrefOf(context.step, textIn(small, nameField) ?? '');
  const largeHref = hrefOf(context.step, textIn(large, nameField) ?? '');
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
  return open;
};
