/** Whether a file is what it claims to be, in a sentence. */
import { element } from '../element.ts';
import { textIn } from './outcome.ts';
import type { Preview } from './preview.ts';

export const verdictPreview: Preview = (outcome) => {
  const detected = textIn(outcome, 'detected');
  const verdict = textIn(outcome, 'verdict');
  if (detected === undefined || verdict === undefined) return undefined;
  const claims = [
    outcome.name === 'differs' ? `its name says ${textIn(outcome, 'named') ?? '?'}` : '',
    outcome.declaration === 'differs' ? `it was sent as ${textIn(outcome, 'declared') ?? '?'}` : '',
  ].filter(Boolean);
  if (verdict === 'accept' || claims.length === 0) {
    return element('p', {}, `It is what it claims to be: ${detected}.`);
  }
  const warning = verdict === 'reject' ? ' Do not hand it on as what it claims to be.' : '';
  return element(
    'p',
    { class: verdict === 'reject' ? 'warning' : '' },
    `By its bytes it is ${detected}, but ${claims.join(' and ')}.${warning}`,
  );
};
