/** Which entries of a zip make a bomb of it, told by its directory alone. */
import { DEFAULT_BUDGET } from '../../domain/budget.ts';
import type { Entry } from './entry.ts';

/** So much may expand by any factor before it matters. */
const HARMLESS_BYTES = 16 * 1024 ** 2;

/**
 * Asked of one entry after the other, it says which expand as nothing but a bomb does, as soon as they hold more together than is
 * harmless, and whose bytes cannot all be their own, as the archive has fewer.
 */
export const createBombSearch = (archiveBytes: number) => {
  let [packed, swollen] = [0, 0];
  return ({ size, compressed }: Pick<Entry, 'size' | 'compressed'>): boolean => {
    // Of what is compressed as a whole, the budget of expansion takes care.
    if (compressed === null) return false;
    packed += compressed;
    const isSwollen = size > DEFAULT_BUDGET.expansion * compressed;
    if (isSwollen) swollen += size;
    return packed > archiveBytes || (isSwollen && swollen > HARMLESS_BYTES);
  };
};
