/** Randomness that a seed repeats. Not for secrets. */
import type { Random } from '../../ports/random.ts';
import { crockford } from '../crockford.ts';

export interface SeededRandom extends Random {
  /** A whole number from 0 up to, not including, `limit`. */
  below(limit: number): number;
  /** True with this probability. */
  chance(probability: number): boolean;
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for choosing faults. */
const createUint32 = (seed: number): (() => number) => {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
};

export const createSeededRandom = (seed: number): SeededRandom => {
  const uint32 = createUint32(seed);
  const fraction = (): number => uint32() / 2 ** 32;
  return {
    id() {
      const bytes = Buffer.alloc(16);
      for (let offset = 0; offset < bytes.length; offset += 4)
        bytes.writeUInt32BE(uint32(), offset);
      return crockford(bytes);
    },
    fraction,
    below: (limit) => Math.floor(fraction() * limit),
    chance: (probability) => fraction() < probability,
  };
};
