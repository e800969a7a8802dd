/** One run of the sweep as its schedule makes it. */
import { expect, it } from 'vitest';
import { createSweepHandler } from '../../../shared/lambda/sweep.ts';
import { invocation } from '../../support/envelopes.ts';
import { MINUTE } from '../../support/factories.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';
import { breakableStore } from '../../support/sweeping.ts';

it('fails with what it could not do, and says in its log which and why', async () => {
  const { broken, store } = breakableStore();
  const world = createMemoryWorld({ store });
  const { id } = await world.announce();
  const { id: neighbour } = await world.announce();
  broken.add(id);
  world.clock.tick(31 * MINUTE);
  const sweep = createSweepHandler(world.deps);

  await expect(sweep(undefined, invocation())).rejects.toThrow('Part of the sweep failed.');

  expect(world.bodies('finalize')).toMatchObject([{ uploadId: neighbour }]);
  expect(world.logs.lines().filter(({ level }) => level === 'error')).toMatchObject([
    {
      err: {
        errors: [{ message: `${id} was not sent on.`, cause: { code: 'store_unavailable' } }],
      },
    },
  ]);
});
