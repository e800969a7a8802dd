/** Sequencers: what orders the versions of one key. */

// Enough for 16 million writes in one millisecond; the counter starts over with each one.
const COUNTER_DIGITS = 6;

/** Right-pads with zeros and compares as text, as AWS tells consumers to. */
export const compareSequencers = (one: string, other: string): number => {
  const length = Math.max(one.length, other.length);
  const [left, right] = [one.padEnd(length, '0'), other.padEnd(length, '0')];
  return left < right ? -1 : left > right ? 1 : 0;
};

export interface SequencerSource {
  /** Greater than every one before, also when the clock steps back. */
  next(): string;
  /** Makes `next` start above `seen`. */
  raiseAbove(seen: string): void;
}

export const createSequencerSource = (now: () => number): SequencerSource => {
  let lastMillisecond = 0;
  let counter = 0;
  return {
    next: () => {
      const millisecond = now();
      if (millisecond > lastMillisecond) {
        lastMillisecond = millisecond;
        counter = 0;
      } else {
        counter += 1;
      }
      const whole =
        lastMillisecond.toString(16).padStart(12, '0') +
        counter.toString(16).padStart(COUNTER_DIGITS, '0');
      // AWS gives no fixed length. Leaving out trailing zero bytes keeps consumers honest about padding.
      return whole.replace(/(00)+$/, '').toUpperCase();
    },
    raiseAbove: (seen) => {
      const padded = seen.padEnd(12 + COUNTER_DIGITS, '0');
      const millisecond = Number.parseInt(padded.slice(0, 12), 16);
      const count = Number.parseInt(padded.slice(12), 16);
      if (millisecond > lastMillisecond) {
        lastMillisecond = millisecond;
        counter = count;
      } else if (millisecond === lastMillisecond) {
        counter = Math.max(counter, count);
      }
    },
  };
};
