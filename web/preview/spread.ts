/** How the values of a column spread: a small histogram between its ends, or its most frequent values with their shares. */
import { element, foreignText, svg } from '../element.ts';
import { countOf, numberOf, percentOf } from '../words.ts';
import { isOutcome, numberIn, type Outcome, outcomesIn, textIn } from './outcome.ts';
import { bar } from './preview.ts';

const WIDTH = 100;
const HEIGHT = 26;
const GAP = 1.5;
/** What is there is seen, however little it is. */
const LEAST = 1.5;
/** More would make the row higher than the others of the table. */
const MOST_VALUES = 3;

const binsOf = ({ histogram }: Outcome): readonly number[] =>
  Array.isArray(histogram) ? histogram.filter((bin) => typeof bin === 'number' && bin >= 0) : [];

const drawing = (bins: readonly number[], words: string): SVGElement => {
  const most = Math.max(...bins);
  const width = WIDTH / bins.length;
  const bars = bins.flatMap((bin, at) => {
    if (bin === 0) return [];
    const height = Math.max(LEAST, (HEIGHT * bin) / most);
    return [
      svg('rect', {
        x: (at * width + GAP / 2).toFixed(2),
        y: (HEIGHT - height).toFixed(2),
        width: (width - GAP).toFixed(2),
        height: height.toFixed(2),
      }),
    ];
  });
  return svg(
    'svg',
    { class: 'histogram', viewBox: `0 0 ${WIDTH} ${HEIGHT + 1}`, role: 'img', 'aria-label': words },
    ...bars,
    svg('path', { class: 'histogram-ground', d: `M0 ${HEIGHT + 0.5}h${WIDTH}` }),
  );
};

const endOf = (column: Outcome, name: 'min' | 'max'): string | undefined => {
  const number = numberIn(column, name);
  return number === undefined ? textIn(column, name) : numberOf(number);
};

const endsOf = (column: Outcome): HTMLElement | undefined => {
  const [low, high] = [endOf(column, 'min'), endOf(column, 'max')];
  if (low === undefined || high === undefined) return undefined;
  if (low === high) return element('span', { class: 'ends only' }, foreignText(low));
  return element(
    'span',
    { class: 'ends' },
    foreignText(low),
    element('span', { class: 'unseen' }, ' to '),
    foreignText(high),
  );
};

const frequent = (top: readonly Outcome[], sampled: number): HTMLElement => {
  const rows = top.slice(0, MOST_VALUES).flatMap((one) => {
    const value = textIn(one, 'value');
    const share = (numberIn(one, 'count') ?? 0) / Math.max(1, sampled);
    if (value === undefined) return [];
    return [
      element(
        'div',
        {},
        element('dt', {}, foreignText(value)),
        element('dd', {}, bar(share), percentOf(share)),
      ),
    ];
  });
  return element('dl', { class: 'frequent' }, ...rows);
};

/** @param sampled records that the spread was counted in. */
export const spreadCell = (column: Outcome, sampled: number): HTMLTableCellElement => {
  const bins = binsOf(column);
  const ends = endsOf(column);
  const filled = bins.filter((bin) => bin > 0).length;
  if (ends !== undefined && filled > 1) {
    const words = `Histogram of ${countOf(sampled)} values in ${bins.length} steps: ${bins.join(', ')}`;
    return element('td', { class: 'spread' }, drawing(bins, words), ends);
  }
  const top = outcomesIn(column, 'top').filter(isOutcome);
  if (top.length > 0) return element('td', { class: 'spread' }, frequent(top, sampled));
  return element('td', { class: 'spread' }, ends ?? '–');
};
