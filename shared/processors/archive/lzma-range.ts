/** The binary range decoder of LZMA: bits come out by how probable they were. */
import { NonRetryableError } from '../../domain/errors.ts';

const PROBABILITY_BITS = 11;
/** What a model begins with: both bits are as probable. */
export const HALF = 1 << (PROBABILITY_BITS - 1);
const MOVE_BITS = 5;
const TOP = 2 ** 24;

const corrupt = (): NonRetryableError =>
  new NonRetryableError('corrupt', { detail: 'It cannot be decompressed.' });

export type Range = ReturnType<typeof createRange>;

/** @param models the probabilities, which change with every bit */
export const createRange = (models: Uint16Array) => {
  let input: Uint8Array = new Uint8Array(0);
  let at = 0;
  let range = 0xffffffff;
  let code = 0;

  const next = (): number => {
    const byte = input[at];
    if (byte === undefined) throw corrupt();
    at += 1;
    return byte;
  };
  const normalize = (): void => {
    if (range >= TOP) return;
    range = (range << 8) >>> 0;
    code = ((code << 8) | next()) >>> 0;
  };
  const bit = (model: number): 0 | 1 => {
    const probability = models[model] ?? HALF;
    const bound = Math.imul(range >>> PROBABILITY_BITS, probability) >>> 0;
    if (code < bound) {
      models[model] = probability + (((1 << PROBABILITY_BITS) - probability) >> MOVE_BITS);
      range = bound;
      normalize();
      return 0;
    }
    models[model] = probability - (probability >> MOVE_BITS);
    range -= bound;
    code -= bound;
    normalize();
    return 1;
  };
  return {
    bit,
    /** Five bytes start it, of which the first is zero. */
    start(): void {
      if (next() !== 0) throw corrupt();
      range = 0xffffffff;
      code = ((next() << 24) | (next() << 16) | (next() << 8) | next()) >>> 0;
    },
    /** Bits that are as probable as their opposite. */
    plain(count: number): number {
      let value = 0;
      for (let left = count; left > 0; left -= 1) {
        range >>>= 1;
        const isOne = code >= range;
        if (isOne) code -= range;
        value = ((value << 1) | Number(isOne)) >>> 0;
        normalize();
      }
      return value;
    },
    tree(first: number, bits: number): number {
      let symbol = 1;
      for (let left = bits; left > 0; left -= 1) symbol = (symbol << 1) | bit(first + symbol);
      return symbol - (1 << bits);
    },
    reverseTree(first: number, bits: number): number {
      let [symbol, value] = [1, 0];
      for (let place = 0; place < bits; place += 1) {
        const found = bit(first + symbol);
        symbol = (symbol << 1) | found;
        value |= found << place;
      }
      return value;
    },
    from(bytes: Uint8Array, start: number): void {
      input = bytes;
      at = start;
    },
    left: (): number => input.length - at,
    at: (): number => at,
    isSpent: (): boolean => code === 0,
  };
};
