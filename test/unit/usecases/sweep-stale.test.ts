/** The index of what is due lags behind its rows: the sweep decides by the row. */
import { describe, expect, it } from 'vitest';
import { createEndGroup } from '../../../shared/usecases/end-group.ts';
import { MINUTE } from '../../support/factories.ts';
import { createGroupWorld } from '../../support/group-world.ts';
import { createMemoryWorld, drain, type MemoryWorld } from '../../support/memory-world.ts';

const sweepIn = (world: Pick<MemoryWorld, 'sweep' | 'logs'>) => {
  const { signal } = new AbortController();
  return world.sweep({ requestId: 'sweep-1', attempt: 1, signal, logger: world.logs });
};

describe('a sweep whose index is behind', () => {
  it('C18: leaves alone what has ended, what is not due any more, and what is gone', async () => {
    const ids: string[] = [];
    const world = createMemoryWorld({
      store: () => ({
        listDue: async (shard) => (shard === 0 ? ids.map((id) => ({ id, dueAt: 0 })) : []),
      }),
    });
    const ended = await world.announce();
    ended.submit();
    await drain(world);
    const young = await world.announce();
    ids.push(ended.id, young.id, 'upl_gone');
    const before = world.memory.store.uploads();

    expect(await sweepIn(world)).toEqual({ driven: 0, found: 0 });
    expect(world.memory.store.uploads()).toEqual(before);
  });

  it('C18: leaves alone a group that was told of, one that is not due any more, and one that is gone', async () => {
    const ids: string[] = [];
    const world = createGroupWorld({
      groups: () => ({
        listDue: async (shard) => (shard === 0 ? ids.map((id) => ({ id, dueAt: 0 })) : []),
      }),
    });
    const told = await world.create(1);
    world.submit(told);
    await drain(world);
    const young = await world.create(1);
    ids.push(told.group.id, young.group.id, 'grp_gone');
    const before = world.memory.groups.groups();

    expect(await sweepIn(world)).toEqual({ driven: 0, found: 0 });
    expect(world.memory.groups.groups()).toEqual(before);
  });

  it('C18: asks the finalizer about a group once when two claim it', async () => {
    const world = createGroupWorld({ groups: () => ({ drive: async () => false }) });
    const { group } = await world.create(1);
    world.clock.tick(60 * MINUTE);
    await createEndGroup(world.deps).check(group.id, { requestId: 'request-1', attempt: 1 });

    await sweepIn(world);

    const asked = (world.bodies('finalize') as { kind: string }[]).map(({ kind }) => kind);
    expect(asked).not.toContain('group');
  });
});
