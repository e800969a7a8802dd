/** Randomness of the operating system. */
import { randomBytes } from 'node:crypto';
import type { Random } from '../ports/random.ts';
import { crockford } from './crockford.ts';

export const createSystemRandom = (): Random => ({
  id: () => crockford(randomBytes(16)),
  fraction: () => Math.random(),
});
