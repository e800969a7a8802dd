/** The upload id of an object that nobody announced. */
import { createHash } from 'node:crypto';
import { crockford } from './crockford.ts';

const ID_BYTES = 16;

/** The same for the same bucket and key, for ever; 128 bits of SHA-256, so that nobody can aim at another's. */
export const idOfObject = (bucket: string, key: string): string => {
  const digest = createHash('sha256').update(`${bucket}/${key}`).digest();
  return `obj_${crockford(digest.subarray(0, ID_BYTES))}`;
};
