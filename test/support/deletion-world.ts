/** Uploads that are deleted, and what a caller and the stores still have of them. */
import { expect } from 'vitest';
import { createReadHistory } from '../../shared/usecases/read-history.ts';
import { createReadResults } from '../../shared/usecases/read-results.ts';
import { createReadStatus } from '../../shared/usecases/read-status.ts';
import { MINUTE } from './factories.ts';
import {
  CALLER,
  createMemoryWorld,
  drain,
  type MemoryWorld,
  PRINCIPAL,
  type WorldOptions,
} from './memory-world.ts';
import { processor } from './processors.ts';

export const notFound = expect.objectContaining({ code: 'not_found' });

/** Every way a caller has to read an upload. */
const readings = ({ deps }: MemoryWorld, id: string) => [
  createReadStatus(deps)(CALLER, id),
  createReadHistory(deps)(PRINCIPAL, id),
  createReadResults(deps).link(PRINCIPAL, { uploadId: id, step: 'one', name: 'a.txt' }),
];

export const isGone = async (world: MemoryWorld, id: string): Promise<void> => {
  for (const reading of readings(world, id)) await expect(reading).rejects.toEqual(notFound);
  const { uploads } = await world.memory.store.listByOwner(PRINCIPAL, { limit: 10 });
  expect(uploads.map((upload) => upload.id)).not.toContain(id);
};

export const leftOf = (world: MemoryWorld, id: string) => ({
  versions: world.memory.objects.versions(`incoming/acme/${id}`).length,
  results: [...world.memory.objects.results().keys()].filter((key) => key.includes(id)),
  archived: world.memory.store.archives().filter((upload) => upload.id === id).length,
});
export const NOTHING = { versions: 0, results: [], archived: 0 };

/** Lets the sweep run every minute for so long, and everything it starts. */
export const sweepFor = async (world: MemoryWorld, minutes: number): Promise<void> => {
  for (let minute = 0; minute < minutes; minute += 1) {
    world.clock.tick(MINUTE);
    const { requestId, attempt, signal, logger } = world.meta();
    // A sweep that fails in part is repeated a minute later.
    await world.sweep({ requestId, attempt, signal, logger }).catch((error: unknown) => {
      expect(error).toBeInstanceOf(AggregateError);
    });
    await drain(world);
  }
};

const writing = processor('one', {
  run: async ({ emit }) => {
    await emit('a.txt', new Uint8Array(3), 'text/plain');
    return {};
  },
  reads: 'ranges',
});

export const completedUpload = async (options: WorldOptions = {}) => {
  const world = createMemoryWorld({ processors: [writing, processor('two')], ...options });
  const { id, submit } = await world.announce('hello world');
  submit();
  await drain(world);
  expect((await world.memory.store.find(id))?.state).toBe('completed');
  return { ...world, id };
};
