import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { createGroupWorld } from '../../support/group-world.ts';
import { drain, PRINCIPAL, type WorldOptions } from '../../support/memory-world.ts';

const notFound = expect.objectContaining({ code: 'not_found' });

/** Counts the reads of members' rows; they can be made to fail. */
const setup = (options: Pick<WorldOptions, 'board'> = {}) => {
  const reads = { count: 0, fail: false };
  const store: WorldOptions['store'] = (memory) => ({
    findAll: async (ids) => {
      reads.count += 1;
      if (reads.fail) throw new RetryableError('store_unavailable');
      return memory.findAll(ids);
    },
  });
  return { ...createGroupWorld({ ...options, store }), reads };
};

describe('a poll of a group', () => {
  it('E3: is for its owner alone; whoever else asks gets what a group gets that never was', async () => {
    const world = setup();
    const { group } = await world.create(2);
    const strangers = [
      { tenant: 'other', owner: PRINCIPAL.owner },
      { tenant: PRINCIPAL.tenant, owner: 'bob' },
    ];

    for (const isCached of [false, true]) {
      if (isCached) await world.read(group.id);
      for (const stranger of strangers) {
        await expect(world.readGroup(stranger, group.id)).rejects.toEqual(notFound);
      }
      await expect(world.read('grp_00000000000000000000000000')).rejects.toEqual(notFound);
    }
  });

  it('C16: reads the rows once in two seconds, however many ask', async () => {
    const world = setup();
    const created = await world.create(3);
    const before = world.reads.count;

    const polls = [];
    for (let poll = 0; poll < 50; poll += 1) polls.push(await world.read(created.group.id));
    expect(world.reads.count).toBe(before + 1);
    expect(polls.map(({ source }) => source)).toEqual(['store', ...Array(49).fill('cache')]);

    world.clock.tick(2_100);
    const many = await Promise.all(Array.from({ length: 20 }, () => world.read(created.group.id)));
    expect(world.reads.count).toBe(before + 2);
    expect(many.filter(({ source }) => source === 'store')).toHaveLength(1);
  });

  it('C16: reads the rows about as seldom for who claims to have seen what nobody has', async () => {
    const world = setup();
    const { group } = await world.create(3);
    await world.read(group.id);
    const before = world.reads.count;

    for (let poll = 0; poll < 50; poll += 1) {
      const { status } = await world.read(group.id, 1_000_000);
      expect(status.rev).toBe(group.rev);
    }
    expect(world.reads.count).toBe(before + 1);

    world.clock.tick(2_100);
    for (let poll = 0; poll < 50; poll += 1) await world.read(group.id, 1_000_000);
    expect(world.reads.count).toBeLessThanOrEqual(before + 3);
  });

  it('C16: waits for no reader that takes longer than any read', async () => {
    const world = setup({ board: () => ({ claim: async () => 'held' }) });
    const { group } = await world.create(1);
    await world.read(group.id);

    world.clock.tick(9_000);
    expect((await world.read(group.id)).source).toBe('cache');
    world.clock.tick(1_001);

    expect((await world.read(group.id)).source).toBe('store');
  });

  it('sees a change within two seconds, and at once when it has seen it before', async () => {
    const world = setup();
    const created = await world.create(2);
    const { id } = created.group;
    await world.read(id);
    world.submit(created, 0);
    await drain(world);
    expect((await world.read(id)).status.states).toEqual({ awaiting_upload: 2 });

    world.clock.tick(2_100);
    const seen = await world.read(id);
    expect(seen).toMatchObject({ status: { states: { completed: 1 } }, source: 'store' });

    world.groupBoard.flush();
    await world.groupBoard.showGroup({
      ...{ tenant: 'acme', owner: 'ann', readAt: world.clock.now() },
      status: created.group,
    });
    expect((await world.read(id, seen.status.rev)).status).toEqual(seen.status);
  });

  it('sees the end at once, as whoever is told of it does', async () => {
    const world = setup();
    const created = await world.create(1);
    await world.read(created.group.id);
    world.submit(created);

    await drain(world);

    expect(await world.read(created.group.id)).toMatchObject({
      status: { state: 'ended', progress: 100 },
      source: 'cache',
    });
  });

  it('never goes back, though an older reading comes to the board later', async () => {
    const world = setup();
    const created = await world.create(1);
    const { id } = created.group;
    world.submit(created);
    await drain(world);
    const { status } = await world.read(id);

    const late = { tenant: 'acme', owner: 'ann', readAt: world.clock.now(), status: created.group };

    expect(await world.groupBoard.showGroup(late)).toBe('older');
    expect((await world.read(id)).status).toEqual(status);
  });

  it('C13: is answered from the rows while the board is silent', async () => {
    const world = setup();
    const { group } = await world.create(1);
    world.groupBoard.silence(true);
    world.board.silence(true);

    expect(await world.read(group.id)).toMatchObject({ source: 'store', status: { id: group.id } });
  });

  it('is answered from the board while the rows cannot be read, and refused when neither can', async () => {
    const world = setup();
    const { group } = await world.create(1);
    await world.read(group.id);
    world.clock.tick(5_000);
    world.reads.fail = true;

    expect(await world.read(group.id)).toMatchObject({ source: 'cache' });

    world.groupBoard.flush();
    await expect(world.read(group.id)).rejects.toMatchObject({ code: 'store_unavailable' });
  });
});
