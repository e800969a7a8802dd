/** The SHA-256 of what arrived, with a button that copies it. */
import { button, element } from '../element.ts';
import { isTrueIn, textIn } from './outcome.ts';
import type { Preview, PreviewContext } from './preview.ts';

const TOLD_MS = 2_000;

const copyButton = (digest: string, { announcer, fileName }: PreviewContext): HTMLElement => {
  const copy = button({ text: 'Copy', label: `Copy the SHA-256 of ${fileName}` }, async () => {
    const copied = await navigator.clipboard.writeText(digest).then(
      () => true,
      () => false,
    );
    copy.textContent = copied ? 'Copied' : 'Not allowed';
    announcer.say(copied ? 'SHA-256 copied.' : 'The browser did not allow copying.');
    setTimeout(() => {
      copy.textContent = 'Copy';
    }, TOLD_MS);
  });
  return copy;
};

export const digestPreview: Preview = (outcome, context) => {
  const digest = textIn(outcome, 'sha256');
  if (digest === undefined) return undefined;
  return element(
    'div',
    { class: 'digest' },
    element('code', {}, digest),
    copyButton(digest, context),
    isTrueIn(outcome, 'declared')
      ? element('p', { class: 'facts' }, 'The same as on the device it came from.')
      : undefined,
  );
};
