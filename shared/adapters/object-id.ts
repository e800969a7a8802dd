/** Ids of uploads that follow from something else: of an object that nobody announced, of a member of a group. */
import { createHash } from 'node:crypto';
import { OBJECT_ID_PREFIX } from '../domain/upload.ts';
import { crockford } from './crockford.ts';

const ID_BYTES = 16;

const digestOf = (text: string): string =>
  crockford(createHash('sha256').update(text).digest().subarray(0, ID_BYTES));

/** The same for the same bucket and key, for ever; 128 bits of SHA-256, so that nobody can aim at another's. */
export const idOfObject = (bucket: string, key: string): string =>
  `${OBJECT_ID_PREFIX}${digestOf(`${bucket}/${key}`)}`;

/** The same for the same group and place, for ever: whoever makes a group twice makes the same uploads. */
export const idOfMember = (groupId: string, index: number): string =>
  `upl_${digestOf(`${groupId}/${index}`)}`;
