/** Cursors in memory, for tests and the simulator. */
import type { CursorStore } from '../../ports/cursor-store.ts';

export const createMemoryCursorStore = (): CursorStore => {
  const cursors = new Map<string, string>();
  return {
    async read(job) {
      return cursors.get(job);
    },
    async keep(job, cursor) {
      if (cursor === undefined) cursors.delete(job);
      else cursors.set(job, cursor);
    },
  };
};
