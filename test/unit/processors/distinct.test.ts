import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addDistinct,
  estimateDistinct,
  mergeDistinct,
  REGISTERS,
} from '../../../shared/processors/table/distinct.ts';

const sketchOf = (values: readonly string[]): Uint8Array => {
  const registers = new Uint8Array(REGISTERS);
  for (const value of values) {
    const bytes = Buffer.from(value);
    addDistinct(registers, bytes, [0, bytes.length]);
  }
  return registers;
};

const numbered = (count: number, name: (index: number) => string): readonly string[] =>
  Array.from({ length: count }, (_, index) => name(index));

describe('the sketch of different values', () => {
  it('is exact for none, one and a few', () => {
    expect(estimateDistinct(sketchOf([]))).toBe(0);
    expect(estimateDistinct(sketchOf(['a', 'a', 'a']))).toBe(1);
    expect(estimateDistinct(sketchOf(['', 'a', 'b', '0', 'é']))).toBe(5);
  });

  it.each([
    ['numbers', (index: number) => String(index)],
    ['amounts', (index: number) => (index / 100).toFixed(2)],
    ['days', (index: number) => new Date(index * 86_400_000).toISOString().slice(0, 10)],
    ['long names that end differently', (index: number) => `${'x'.repeat(100)}${index}`],
    ['long names that start differently', (index: number) => `${index}${'x'.repeat(100)}`],
  ])('is near for many %s', (_, name) => {
    for (const count of [100, 3_000, 100_000]) {
      const estimate = estimateDistinct(sketchOf(numbered(count, name)));

      // Four standard errors.
      expect(Math.abs(estimate / count - 1), String(count)).toBeLessThan(0.093);
    }
  });

  it('tells a value from the same one with a zero byte behind it', () => {
    expect(estimateDistinct(sketchOf(['a', 'a\0', 'a\0\0']))).toBe(3);
  });

  it('merges into the sketch of all values, whatever the parts have in common', () => {
    const values = fc.array(fc.string({ maxLength: 40 }), { maxLength: 50 });

    fc.assert(
      fc.property(values, values, (left, right) => {
        const merged = sketchOf(left);
        mergeDistinct(merged, sketchOf(right));

        expect(merged).toEqual(sketchOf([...right, ...left, ...right]));
      }),
      { seed: 7 },
    );
  });
});
