/** How much a sweep does: nothing when its time is over, and the less about an unknown object the older it is. */
import { describe, expect, it } from 'vitest';
import { MINUTE } from '../../support/factories.ts';
import { createMemoryWorld } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';

const HOUR = 60 * MINUTE;

describe('a sweep', () => {
  it('begins nothing once its time is over', async () => {
    const world = await createProcessingWorld();
    world.clock.tick(21 * MINUTE);
    const row = await world.upload();
    const run = { requestId: 'sweep-1', attempt: 1, logger: world.logs };

    expect(await world.sweep({ ...run, signal: AbortSignal.abort() })).toEqual({
      driven: 0,
      found: 0,
    });

    expect(await world.upload()).toEqual(row);
  });

  it('announces an unknown object in each run at first, and ever more rarely after an hour', async () => {
    const world = createMemoryWorld({ losesEvents: true });
    world.put('incoming/acme/lost.csv', 'a,b');
    const { signal } = new AbortController();
    const run = { requestId: 'sweep-1', attempt: 1, logger: world.logs, signal };
    /** In how many of a hundred runs, all at this age. */
    const announcedAt = async (age: number): Promise<number> => {
      world.clock.tick(age - (world.clock.now() - bornAt));
      let found = 0;
      for (let times = 0; times < 100; times += 1) found += (await world.sweep(run)).found;
      return found;
    };
    const bornAt = world.clock.now();

    expect(await announcedAt(30 * MINUTE)).toBe(100);
    const [early, late] = [await announcedAt(4 * HOUR), await announcedAt(40 * HOUR)];

    // One hour in four, and in forty.
    expect(early).toBeGreaterThan(10);
    expect(early).toBeLessThan(45);
    expect(late).toBeLessThan(12);
  });
});
