/** Every condition, fence, order and query on which a promise rests, and how it is broken on purpose. */
import { inArchives } from './lists/children.ts';
import { domain } from './lists/domain.ts';
import { ending } from './lists/ending.ts';
import { intake } from './lists/intake.ts';
import { quotas } from './lists/quotas.ts';
import { reading } from './lists/reading.ts';
import { rim } from './lists/rim.ts';
import { storage } from './lists/storage.ts';
import type { Mutation } from './mutation.ts';

export const mutations: readonly Mutation[] = [
  ...domain,
  ...intake,
  ...ending,
  ...reading,
  ...rim,
  ...inArchives,
  ...quotas,
  ...storage,
];
