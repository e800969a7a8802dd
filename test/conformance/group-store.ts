/** What every store of upload groups promises, whatever it is made of. */
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { crockford } from '../../shared/adapters/crockford.ts';
import { dueShardOf } from '../../shared/adapters/due-shard.ts';
import type { Group, GroupEnd } from '../../shared/domain/group.ts';
import type { GroupStore } from '../../shared/ports/group-store.ts';

export interface GroupStoreSetup {
  readonly groups: GroupStore;
  close(): Promise<void>;
}

const AT = Date.UTC(2026, 10, 23, 12, 0, 0, 123);

const newGroup = (overrides: Partial<Group> = {}): Group => ({
  id: `grp_${crockford(randomBytes(16))}`,
  tenant: 'dev',
  owner: 'ann',
  createdAt: AT,
  count: 3,
  arrived: [],
  drives: 0,
  dueAt: AT + 1_000,
  ...overrides,
});

const END: GroupEnd = { at: AT + 5_000, states: { completed: 2, failed: 1 } };

export const describeGroupStore = (name: string, setup: () => Promise<GroupStoreSetup>): void => {
  describe(`group store: ${name}`, () => {
    let running: GroupStoreSetup;
    let groups: GroupStore;
    beforeAll(async () => {
      running = await setup();
      groups = running.groups;
    });
    afterAll(() => running?.close());

    const made = async (overrides: Partial<Group> = {}): Promise<Group> =>
      groups.create(newGroup(overrides));

    it('finds nothing under an unknown id, and changes nothing there', async () => {
      const { id } = newGroup();

      expect(await groups.arrive(id, [0])).toBeUndefined();
      expect(await groups.end(id, END)).toBeUndefined();
      await groups.settle(id);
      expect(await groups.drive(newGroup({ id }), AT)).toBe(false);
      expect(await groups.find(id)).toBeUndefined();
    });

    it('gives back a group as it was made, and keeps the first of two', async () => {
      const group = newGroup();

      expect(await groups.create(group)).toEqual(group);
      expect(await groups.create({ ...group, count: 9 })).toEqual(group);
      expect(await groups.find(group.id)).toEqual(group);
    });

    it('C5: adds arrivals as a set, in whatever order and however often they come', async () => {
      const { id } = await made({ count: 12 });

      for (const members of [[3], [11, 0], [3], []]) await groups.arrive(id, members);

      expect((await groups.arrive(id, [7, 3]))?.arrived).toEqual([0, 3, 7, 11]);
      expect((await groups.find(id))?.arrived).toEqual([0, 3, 7, 11]);
    });

    it('C1: shows the whole set to at least one of many that arrive at one instant', async () => {
      const { id } = await made({ count: 8 });
      const all = [0, 1, 2, 3, 4, 5, 6, 7];

      const answers = await Promise.all(all.map((index) => groups.arrive(id, [index])));

      expect(answers.filter((group) => group?.arrived.length === 8)).toHaveLength(1);
    });

    it('C1: is ended by one of many, and all are told which', async () => {
      const { id } = await made();
      const rivals = [1, 2, 3, 4].map((completed) => ({ ...END, states: { completed } }));

      const answers = await Promise.all(rivals.map((end) => groups.end(id, end)));

      const standing = (await groups.find(id))?.ended;
      expect(rivals).toContainEqual(standing);
      expect(answers.map((group) => group?.ended)).toEqual(answers.map(() => standing));
    });

    it('takes arrivals after the end, which changes nothing of it', async () => {
      const { id } = await made();
      await groups.end(id, END);

      const group = await groups.arrive(id, [2]);

      expect(group).toMatchObject({ arrived: [2], ended: END });
    });

    const dueIds = async (id: string, now: number): Promise<readonly string[]> =>
      (await groups.listDue(dueShardOf(id), now, 1_000)).map((due) => due.id);

    it('is due from its time on, until its end was told', async () => {
      const { id } = await made({ dueAt: AT + 1_000 });

      expect(await dueIds(id, AT + 999)).not.toContain(id);
      expect(await dueIds(id, AT + 1_000)).toContain(id);
      await groups.settle(id);
      expect(await dueIds(id, AT + 1_000)).toContain(id);
      await groups.end(id, END);
      expect(await dueIds(id, AT + 1_000)).toContain(id);
      await groups.settle(id);
      await groups.settle(id);
      expect(await dueIds(id, AT + 1_000)).not.toContain(id);
      expect(await groups.find(id)).not.toHaveProperty('dueAt');
    });

    it('is forgotten for good, and may be so again', async () => {
      const { id } = await made({ dueAt: AT + 1_000 });

      await groups.forget(id);
      await groups.forget(id);

      expect(await groups.find(id)).toBeUndefined();
      expect(await groups.arrive(id, [0])).toBeUndefined();
      expect(await dueIds(id, AT + 1_000)).not.toContain(id);
    });

    it('ends with no member at all, and takes an id with a generation in it', async () => {
      const { id } = await made({ id: `upl_${crockford(randomBytes(16))}.12` });

      await groups.end(id, { at: AT, states: {} });

      expect(await groups.find(id)).toMatchObject({ id, ended: { at: AT, states: {} } });
    });

    it('is driven by one of two sweeps', async () => {
      const group = await made();

      const moved = await Promise.all([groups.drive(group, AT + 9), groups.drive(group, AT + 9)]);

      expect(moved.toSorted()).toEqual([false, true]);
      expect(await groups.find(group.id)).toMatchObject({ dueAt: AT + 9, drives: 1 });
    });

    it('lists the most overdue first and no more than asked for', async () => {
      const ids: string[] = [];
      while (ids.length < 3) {
        const { id } = newGroup();
        if (dueShardOf(id) === 1) ids.push(id);
      }
      for (const [index, id] of ids.entries()) await made({ id, dueAt: 30 - 10 * index });

      const due = await groups.listDue(1, 30, 2);

      expect(due).toEqual([
        { id: ids[2], dueAt: 10 },
        { id: ids[1], dueAt: 20 },
      ]);
    });

    it('is not changed by changes to what was put or found', async () => {
      const group = newGroup();
      const mutable = { ...group, arrived: [] as number[] };
      await groups.create(mutable);
      mutable.arrived.push(1);

      expect(await groups.find(group.id)).toEqual(group);
    });
  });
};
