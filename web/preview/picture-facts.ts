/** What a picture says about itself: how it is made, with what, and whether it gives away where. */
import { element, foreignText } from '../element.ts';
import { counted } from '../words.ts';
import { isOutcome, isTrueIn, numberIn, type Outcome, textIn } from './outcome.ts';
import { type Preview, remarks } from './preview.ts';

const cameraOf = ({ camera }: Outcome): readonly string[] => {
  if (!isOutcome(camera)) return [];
  const model = [textIn(camera, 'make'), textIn(camera, 'model')].filter(Boolean).join(' ');
  const taken = textIn(camera, 'takenAt');
  const software = textIn(camera, 'software');
  return [
    model,
    taken === undefined ? '' : `taken ${taken.slice(0, 16).replace('T', ' ')}`,
    software === undefined ? '' : `by ${software}`,
  ];
};

const colourOf = ({ colour }: Outcome): readonly string[] => {
  if (!isOutcome(colour)) return [];
  return [
    (textIn(colour, 'space') ?? '').toUpperCase(),
    isTrueIn(colour, 'alpha') ? 'with transparency' : '',
    isTrueIn(colour, 'profile') ? 'with a colour profile' : '',
  ];
};

export const pictureFacts: Preview = (outcome) => {
  const format = textIn(outcome, 'format');
  if (format === undefined) return undefined;
  const frames = numberIn(outcome, 'frames') ?? 1;
  const made = frames > 1 ? [counted(frames, 'frame'), ...colourOf(outcome)] : colourOf(outcome);
  const facts = [...cameraOf(outcome), format.toUpperCase(), ...made].filter(Boolean);
  return element(
    'div',
    {},
    element('p', { class: 'facts' }, foreignText(facts.join(' · '))),
    remarks([
      isTrueIn(outcome, 'gps')
        ? 'It says where it was taken: take that out before you hand it on.'
        : undefined,
    ]),
  );
};
