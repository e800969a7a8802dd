import { describe, expect, it } from 'vitest';
import { createReadHistory } from '../../../shared/usecases/read-history.ts';
import { cause } from '../../support/factories.ts';
import { drain, PRINCIPAL, type WorldOptions } from '../../support/memory-world.ts';
import { createProcessingWorld } from '../../support/processing-world.ts';
import { buggyProcessor } from '../../support/processors.ts';

/** An upload that failed because of a bug that is fixed now. */
const setup = async (options: WorldOptions = {}) => {
  const one = buggyProcessor('one');
  const world = await createProcessingWorld({ processors: [one], ...options });
  const message = world.message();
  await drain(world);
  one.fix();
  return { ...world, first: message };
};

describe('processing an upload once more', () => {
  it('B17: opens a generation of its own, which ends as it ends', async () => {
    const world = await setup();
    expect(await world.store.find(world.id)).toMatchObject({ state: 'failed', generation: 1 });

    await world.reprocess(world.id, cause({ requestId: 'operator' }));
    await drain(world);

    expect(await world.store.find(world.id)).toMatchObject({ state: 'completed', generation: 2 });
  });

  it('B17: keeps the story of both', async () => {
    const world = await setup();
    await world.reprocess(world.id, cause({ requestId: 'operator' }));
    await drain(world);

    const history = await createReadHistory(world)(PRINCIPAL, world.id);

    expect(history.map(({ event, generation }) => `${event} ${generation}`)).toEqual([
      'created 0',
      'accepted 1',
      'step_ended 1',
      'ended 1',
      'reprocess_requested 2',
      'step_ended 2',
      'ended 2',
    ]);
  });

  it('B17: is not what a plain redrive does', async () => {
    const world = await setup();
    const row = await world.store.find(world.id);
    world.queue.deliver('light', JSON.stringify(world.first));

    await drain(world);

    expect(await world.store.find(world.id)).toEqual(row);
  });

  it('refuses late outcomes of the generation before', async () => {
    const world = await setup();
    await world.reprocess(world.id, cause());

    await world.runSteps(world.first, world.meta());

    const upload = await world.store.find(world.id);
    expect(upload?.generation).toBe(2);
    expect(upload?.outcomes).toEqual({});
  });

  it('tells a new end under a new id', async () => {
    const world = await setup();
    await world.reprocess(world.id, cause());
    await drain(world);

    const ids = world.bodies('notifications').map((body) => (body as { id: string }).id);

    expect([...new Set(ids)]).toEqual([`${world.id}.1`, `${world.id}.2`]);
  });

  it('is refused while the upload is processed', async () => {
    const world = await createProcessingWorld();

    const refused = world.reprocess(world.id, cause());

    await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('is refused for an unknown upload', async () => {
    const world = await setup();

    await expect(world.reprocess('upl_x', cause())).rejects.toMatchObject({ code: 'not_found' });
  });

  it('of two at one instant opens one generation', async () => {
    const world = await setup();

    const results = await Promise.allSettled([
      world.reprocess(world.id, cause({ requestId: 'first' })),
      world.reprocess(world.id, cause({ requestId: 'second' })),
    ]);

    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await world.store.find(world.id)).toMatchObject({ generation: 2 });
  });
});
