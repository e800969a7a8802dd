/** The look through the bucket, in laps: whatever lies there unannounced is found, however large the bucket is. */
import { describe, expect, it } from 'vitest';
import { idOfObject } from '../../../shared/adapters/object-id.ts';
import { MINUTE, UPLOADS_BUCKET } from '../../support/factories.ts';
import { createMemoryWorld, drain, type WorldOptions } from '../../support/memory-world.ts';
import { breakableStore, sweepIn } from '../../support/sweeping.ts';

const HOUR = 60 * MINUTE;

describe('reconciling the bucket', () => {
  const setup = (options: WorldOptions = {}) =>
    createMemoryWorld({ losesEvents: true, ...options });
  const idOf = (key: string) => idOfObject(UPLOADS_BUCKET, key);

  it('A17: announces objects that nobody announced, and all of them end', async () => {
    const world = setup();
    const keys = ['a', 'b', 'c'].map((name) => `incoming/acme/${name}`);
    for (const key of keys) world.put(key, 'hello');
    world.clock.tick(16 * MINUTE);

    const report = await sweepIn(world);
    await drain(world);

    expect(report).toEqual({ driven: 0, found: 3 });
    for (const key of keys) {
      expect(await world.store.find(idOf(key))).toMatchObject({ state: 'completed' });
    }
  });

  it('A17: announces a newer version whose event was lost', async () => {
    const world = setup();
    const key = 'incoming/acme/a';
    world.put(key, 'old');
    world.clock.tick(16 * MINUTE);
    await sweepIn(world);
    await drain(world);
    world.put(key, 'newer');
    world.clock.tick(16 * MINUTE);

    await sweepIn(world);
    await drain(world);

    expect(await world.store.find(idOf(key))).toMatchObject({
      generation: 2,
      state: 'completed',
      object: { size: 5 },
    });
  });

  it('leaves young objects to their event, and what was looked at before to rest', async () => {
    const world = setup();
    world.put('incoming/acme/young', 'hello');
    expect(await sweepIn(world)).toMatchObject({ found: 0 });

    world.clock.tick(16 * MINUTE);
    await sweepIn(world);
    await drain(world);

    expect(await sweepIn(world)).toMatchObject({ found: 0 });
  });

  it('A15: never announces what is not ours', async () => {
    const world = setup();
    world.put('incoming/no-tenant', 'hello');
    world.clock.tick(16 * MINUTE);

    expect(await sweepIn(world)).toMatchObject({ found: 0 });
  });

  it('A17: announces what lies under the id of an upload of another tenant', async () => {
    const world = setup();
    const { id } = await world.announce();
    const key = `incoming/mallory/${id}`;
    world.put(key, 'hello');
    world.clock.tick(16 * MINUTE);

    await sweepIn(world);
    await drain(world);

    expect(await world.store.find(idOf(key))).toMatchObject({
      tenant: 'mallory',
      state: 'completed',
    });
  });

  it('does a bounded part of a large bucket per run and goes on from there', async () => {
    const world = setup();
    for (let index = 0; index < 1500; index += 1) {
      world.put(`incoming/acme/${String(index).padStart(5, '0')}`, 'x');
    }
    world.clock.tick(16 * MINUTE);

    const reports = [await sweepIn(world), await sweepIn(world), await sweepIn(world)];

    expect(reports.map(({ found }) => found)).toEqual([1000, 500, 1000]);
  });

  it('stops in time and goes on in the next run with what it did not come to', async () => {
    const outOfTime = new AbortController();
    const world = setup({
      queue: (queue) => ({
        send: async (name, messages) => {
          await queue.send(name, messages);
          outOfTime.abort();
        },
      }),
    });
    world.put('incoming/acme/a', 'x');
    world.put('incoming/acme/b', 'x');
    world.clock.tick(16 * MINUTE);

    expect(await sweepIn(world, outOfTime.signal)).toMatchObject({ found: 1 });
    expect(await sweepIn(world)).toMatchObject({ found: 1 });
    expect(world.bodies('upload-events')).toMatchObject([
      { key: 'incoming/acme/a' },
      { key: 'incoming/acme/b' },
    ]);
  });

  it('takes no lap for done in which it was out of time at once', async () => {
    let outOfTime = new AbortController();
    const world = setup({
      objects: (objects) => ({
        listIncoming: async (...terms) => {
          const page = await objects.listIncoming(...terms);
          outOfTime.abort();
          return page;
        },
      }),
    });
    expect(await sweepIn(world)).toMatchObject({ found: 0 });
    world.put('incoming/acme/a', 'x');
    world.clock.tick(100 * HOUR);

    for (let runs = 0; runs < 2; runs += 1) {
      outOfTime = new AbortController();
      expect(await sweepIn(world, outOfTime.signal)).toMatchObject({ found: 0 });
      world.clock.tick(10_000 * HOUR);
    }

    expect(await sweepIn(world)).toMatchObject({ found: 1 });
  });

  it('A17: finds what was lost in a bucket so large that it is old before anybody looks', async () => {
    const world = setup();
    for (let index = 0; index < 2500; index += 1) {
      world.put(`incoming/acme/${String(index).padStart(5, '0')}`, 'x');
    }
    const found: number[] = [];

    for (let runs = 0; runs < 6; runs += 1) {
      world.clock.tick(60 * HOUR);
      found.push((await sweepIn(world)).found);
      await drain(world);
    }

    expect(found).toEqual([1000, 1000, 500, 0, 0, 0]);
  });

  it('A17: passes one by that cannot be looked at, and looks again in the next lap', async () => {
    const { broken, store } = breakableStore(new Error('A row of another version.'));
    const world = setup({ store });
    for (const name of ['a', 'b', 'c']) world.put(`incoming/acme/${name}`, 'x');
    broken.add(idOf('incoming/acme/a'));
    world.clock.tick(100 * HOUR);

    await expect(sweepIn(world)).rejects.toThrow('Part of the sweep failed.');
    await drain(world);
    world.clock.tick(100 * HOUR);
    await expect(sweepIn(world)).rejects.toThrow('Part of the sweep failed.');
    broken.clear();
    world.clock.tick(100 * HOUR);
    expect(await sweepIn(world)).toMatchObject({ found: 1 });
    await drain(world);

    for (const name of ['a', 'b', 'c']) {
      expect(await world.store.find(idOf(`incoming/acme/${name}`))).toMatchObject({
        state: 'completed',
        generation: 1,
      });
    }
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
