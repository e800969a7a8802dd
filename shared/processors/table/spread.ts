/** How the values of a column spread, by the sample of the table's records. */
import type { CellType } from './cell-type.ts';

const BINS = 10;
const TOP_VALUES = 5;
const MS_PER_DAY = 86_400_000;

export interface TopValue {
  readonly value: string;
  /** Records of the sample that have it. */
  readonly count: number;
}

/** One of the two for most columns; none where every value is another one, or there is none. */
export interface Spread {
  /** For numbers and dates: sampled values in ten bins of the same width between the column's min and max. */
  readonly histogram?: readonly number[];
  /** For all else: the values that the sample holds more than once, the most frequent ones first. */
  readonly top?: readonly TopValue[];
}

export interface SpreadOptions {
  readonly type: CellType;
  readonly min: number | string | null;
  readonly max: number | string | null;
  readonly decode: (bytes: Uint8Array) => string;
}

const dayOf = (text: string): number => Date.parse(text) / MS_PER_DAY;

const histogramOf = (positions: readonly number[], low: number, high: number): number[] => {
  const bins = new Array<number>(BINS).fill(0);
  // Halved, because the difference of two doubles may be more than a double holds.
  const width = high / 2 - low / 2;
  for (const position of positions) {
    const share = width > 0 ? (position / 2 - low / 2) / width : 0;
    const bin = Math.max(0, Math.min(BINS - 1, Math.floor(share * BINS)));
    bins[bin] = (bins[bin] ?? 0) + 1;
  }
  return bins;
};

const topOf = (texts: readonly string[]): readonly TopValue[] => {
  const counts = new Map<string, number>();
  for (const text of texts) counts.set(text, (counts.get(text) ?? 0) + 1);
  return [...counts]
    .filter(([, count]) => count > 1)
    .sort(([left, many], [right, more]) => more - many || (left < right ? -1 : 1))
    .slice(0, TOP_VALUES)
    .map(([value, count]) => ({ value, count }));
};

/** @param values of one column in the sample, without the empty ones */
export const spreadOf = (
  values: readonly Uint8Array[],
  { type, min, max, decode }: SpreadOptions,
): Spread => {
  if (values.length === 0) return {};
  const texts = values.map(decode);
  if (typeof min === 'number' && typeof max === 'number') {
    return { histogram: histogramOf(texts.map(Number), min, max) };
  }
  if (type === 'date') {
    return { histogram: histogramOf(texts.map(dayOf), dayOf(String(min)), dayOf(String(max))) };
  }
  const top = topOf(texts);
  return top.length > 0 ? { top } : {};
};
