/** A run of the sweep by hand, and rows that it cannot read. */
import { RetryableError } from '../../shared/domain/errors.ts';
import type { MemoryWorld, WorldOptions } from './memory-world.ts';

export const sweepIn = (
  world: Pick<MemoryWorld, 'sweep' | 'logs'>,
  signal = new AbortController().signal,
) => world.sweep({ requestId: 'sweep-1', attempt: 1, signal, logger: world.logs });

/** The store fails for every id that is put into `broken`, until it is taken out. */
export const breakableStore = (error: Error = new RetryableError('store_unavailable')) => {
  const broken = new Set<string>();
  const store: WorldOptions['store'] = (whole) => ({
    find: async (id) => {
      if (broken.has(id)) throw error;
      return whole.find(id);
    },
  });
  return { broken, store };
};
