import { describe, expect, it } from 'vitest';
import { partSizesOf, SMALLEST_PART_BYTES, sizeOfPart } from '../../../shared/domain/parts.ts';

const MiB = 1024 ** 2;
const SIZE = 12 * MiB;

describe('the sizes of parts', () => {
  it.each([
    [0, 1, [0]],
    [1, 1, [1]],
    [5 * MiB, 1, [5 * MiB]],
    [5 * MiB + 1, 2, [5 * MiB, 1]],
    [SIZE, 3, [5 * MiB, 5 * MiB, 2 * MiB]],
  ])('of %i bytes are %i', (size, count, sizes) => {
    expect(partSizesOf(size)).toEqual({ partSize: SMALLEST_PART_BYTES, count });
    expect(sizes.map((_, index) => sizeOfPart(size, index + 1))).toEqual(sizes);
  });

  it('add up to the file, in no more than ten thousand, each but the last at least 5 MiB', () => {
    for (const size of [50 * 1024 * MiB, 50 * 1024 * MiB + 1, 5 * 1024 ** 4]) {
      const { count, partSize } = partSizesOf(size);
      expect(count).toBeLessThanOrEqual(10_000);
      expect(partSize).toBeGreaterThanOrEqual(5 * MiB);
      expect((count - 1) * partSize + (sizeOfPart(size, count) ?? 0)).toBe(size);
    }
  });

  it.each([0, -1, 4, 1.5, Number.NaN])('has no part %d', (partNumber) => {
    expect(sizeOfPart(SIZE, partNumber)).toBeUndefined();
  });
});
