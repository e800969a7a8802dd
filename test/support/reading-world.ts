/** A world with one upload, whose polls say what they were answered by. */
import type { UploadStatus } from '../../shared/domain/status.ts';
import { createReadStatus } from '../../shared/usecases/read-status.ts';
import { awaiting, ended, processing, succeeded, UPLOAD_ID } from './factories.ts';
import { callerOf, createMemoryWorld, PRINCIPAL, type WorldOptions } from './memory-world.ts';

export const createReadingWorld = async (options: WorldOptions = {}) => {
  let storeReads = 0;
  const world = createMemoryWorld({
    store: (store) => ({
      find: (id) => {
        storeReads += 1;
        return store.find(id);
      },
    }),
    ...options,
  });
  const readStatus = createReadStatus(world.deps);
  await world.memory.store.put(awaiting());
  const read = async (
    principal = PRINCIPAL as { tenant: string; owner: string },
    id = UPLOAD_ID,
    seenRev = 0,
  ) => {
    const answer = await readStatus(callerOf(principal), id, seenRev);
    return { ...answer, status: JSON.parse(answer.json()) as UploadStatus };
  };
  return { ...world, read, storeReads: () => storeReads };
};

/** The rows of one upload's life, in the order of writing. */
export const LIFE = [
  processing(),
  processing({ rev: 3, outcomes: { one: succeeded() } }),
  ended('completed', { rev: 4 }),
] as const;
