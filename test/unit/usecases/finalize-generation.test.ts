/** Finalize messages that name a generation: its end was written, and somebody died before it was told. */
import { describe, expect, it } from 'vitest';
import { finalizeMessageFor } from '../../../shared/usecases/drive-forward.ts';
import { createIngestWorld } from '../../support/ingest-world.ts';
import { createMemoryWorld, drain } from '../../support/memory-world.ts';

const CAUSE = { requestId: 'operator', attempt: 1 };

const completed = async () => {
  const world = createMemoryWorld();
  const { id, submit } = await world.announce();
  submit();
  await drain(world);
  const told = (): readonly string[] =>
    (world.bodies('notifications') as { id: string }[]).map((one) => one.id);
  return { ...world, id, told };
};

describe('the end of a generation', () => {
  it('C3: is told once more, under its own id, as long as it is the last', async () => {
    const world = await completed();
    const before = world.told().length;

    await world.finalizeUpload(finalizeMessageFor(world.id, 1), world.meta());

    expect(world.told().slice(before)).toEqual([`${world.id}.1`]);
  });

  it('C3: is told by the row that was kept of it, and ends nothing of the one that took its place', async () => {
    const world = await completed();
    await world.reprocess(world.id, CAUSE);
    const row = await world.memory.store.find(world.id);
    const before = world.told().length;
    expect(row).toMatchObject({ state: 'processing', generation: 2 });

    await world.finalizeUpload(finalizeMessageFor(world.id, 1), world.meta());

    expect(world.told().slice(before)).toEqual([`${world.id}.1`]);
    expect(await world.memory.store.find(world.id)).toEqual(row);
  });

  it('A4: is none where a newer version took its place before it ended, and of none to come', async () => {
    const world = createIngestWorld();
    await world.ingest(world.drop('old'));
    await world.ingest(world.drop('newer'));
    const [{ id } = { id: '' }] = world.store.uploads();

    for (const generation of [1, 2, 3]) {
      await world.finalizeUpload(finalizeMessageFor(id, generation), world.meta());
    }

    expect(world.bodies('notifications')).toEqual([]);
    expect(await world.store.find(id)).toMatchObject({ state: 'processing', generation: 2 });
  });
});
