import { describe, expect, it } from 'vitest';
import { invocation } from '../../support/envelopes.ts';
import { createMemoryWorld, drainFor, type MemoryWorld } from '../../support/memory-world.ts';
import { processor } from '../../support/processors.ts';

const MINUTE_MS = 60_000;

/** An upload whose only step takes more than a minute, by the clock of its world. */
const slowUpload = async () => {
  const slow = processor('one', {
    run: async () => {
      world.clock.tick(MINUTE_MS + 1_000);
      return {};
    },
  });
  const world: MemoryWorld = createMemoryWorld({ processors: [slow] });
  const { id, submit } = await world.announce();
  submit();
  return { world, state: async () => (await world.store.find(id))?.state };
};

describe('a slow step of a corpus', () => {
  it('ends within the time that a worker has', async () => {
    const { world, state } = await slowUpload();

    const context = invocation({ getRemainingTimeInMillis: () => 900_000 });
    await drainFor(world, MINUTE_MS, context);

    expect(await state()).toBe('completed');
  });

  it('is cut off, and waits for another attempt, in an invocation of a minute', async () => {
    const { world, state } = await slowUpload();

    await drainFor(world, 1_000);

    expect(await state()).toBe('processing');
  });
});
