/** What a sound or a video says of itself. */
import { element, foreignText } from '../element.ts';
import { countOf, durationOf, numberOf } from '../words.ts';
import { isOutcome, isTrueIn, numberIn, type Outcome, outcomesIn, textIn } from './outcome.ts';
import { figure, type Preview, remarks } from './preview.ts';

const joined = (facts: readonly (string | undefined)[]): string =>
  facts.filter((fact) => fact !== undefined && fact !== '').join(' · ');

const videoLine = (video: Outcome): string => {
  const width = numberIn(video, 'width');
  const height = numberIn(video, 'height');
  const rate = numberIn(video, 'framesPerSecond');
  return joined([
    'Picture',
    textIn(video, 'codec'),
    width === undefined || height === undefined
      ? undefined
      : `${countOf(width)} × ${countOf(height)}`,
    rate === undefined ? undefined : `${numberOf(rate)} frames per second`,
  ]);
};

const CHANNELS: Readonly<Record<number, string>> = { 1: 'mono', 2: 'stereo' };

const audioLine = (audio: Outcome): string => {
  const channels = numberIn(audio, 'channels');
  const rate = numberIn(audio, 'sampleRate');
  return joined([
    'Sound',
    textIn(audio, 'codec'),
    channels === undefined ? undefined : (CHANNELS[channels] ?? `${channels} channels`),
    rate === undefined ? undefined : `${numberOf(rate / 1000)} kHz`,
    textIn(audio, 'language'),
  ]);
};

const tagsOf = (outcome: Outcome): string => {
  const { tags } = outcome;
  if (!isOutcome(tags)) return '';
  return joined(['title', 'artist', 'album', 'genre', 'recorded'].map((tag) => textIn(tags, tag)));
};

export const mediaPreview: Preview = (outcome) => {
  const container = textIn(outcome, 'container');
  if (container === undefined) return undefined;
  const seconds = numberIn(outcome, 'seconds');
  const lines = [
    ...outcomesIn(outcome, 'video').map(videoLine),
    ...outcomesIn(outcome, 'audio').map(audioLine),
    tagsOf(outcome),
  ].filter((line) => line !== '');
  return element(
    'div',
    {},
    seconds === undefined
      ? undefined
      : element('dl', { class: 'figures' }, figure(durationOf(seconds * 1_000), container)),
    ...lines.map((line) => element('p', { class: 'facts' }, foreignText(line))),
    remarks([
      isTrueIn(outcome, 'cutOff') ? 'The file ends before what its header promises.' : undefined,
    ]),
  );
};
