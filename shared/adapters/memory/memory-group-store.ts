/** Upload groups in memory, with the same answers as DynamoDB. */
import type { Group } from '../../domain/group.ts';
import type { GroupStore } from '../../ports/group-store.ts';
import { dueShardOf } from '../due-shard.ts';
import { frozenCopy } from './frozen-copy.ts';
import { createLaggingIndex, type IndexLag } from './lagging-index.ts';

export interface MemoryGroupStore extends GroupStore {
  groups(): readonly Group[];
}

const union = (left: readonly number[], right: readonly number[]): readonly number[] =>
  [...new Set([...left, ...right])].sort((one, other) => one - other);

export const createMemoryGroupStore = ({
  indexLag,
}: {
  /** How far the index of due groups is behind them; it is not when absent. */
  readonly indexLag?: IndexLag | undefined;
} = {}): MemoryGroupStore => {
  const rows = new Map<string, Group>();
  const index = createLaggingIndex(rows, indexLag);
  /** Replaces a row by what `next` makes of it; undefined leaves it. Answers what stands. */
  const change = (groupId: string, next: (group: Group) => Group | undefined) => {
    const standing = rows.get(groupId);
    const changed = standing && next(standing);
    if (changed !== undefined) {
      rows.set(groupId, frozenCopy(changed));
      index.change(groupId);
    }
    return rows.get(groupId);
  };

  return {
    find: async (groupId) => rows.get(groupId),
    async create(group) {
      const standing = rows.get(group.id) ?? frozenCopy(group);
      rows.set(group.id, standing);
      index.change(group.id);
      return standing;
    },
    arrive: async (groupId, members) =>
      change(groupId, (group) => ({ ...group, arrived: union(group.arrived, members) })),
    end: async (groupId, ended) =>
      change(groupId, (group) => (group.ended === undefined ? { ...group, ended } : undefined)),
    async settle(groupId) {
      change(groupId, ({ dueAt: _, ...group }) => (group.ended === undefined ? undefined : group));
    },
    async forget(groupId) {
      rows.delete(groupId);
      index.change(groupId);
    },
    async drive({ id, dueAt: seen }, dueAt) {
      let isMoved = false;
      change(id, (group) => {
        isMoved = seen !== undefined && group.dueAt === seen;
        return isMoved ? { ...group, dueAt, drives: group.drives + 1 } : undefined;
      });
      return isMoved;
    },
    listDue: async (shard, now, limit) =>
      index
        .rows()
        .flatMap(({ id, dueAt }) => (dueAt === undefined || dueAt > now ? [] : [{ id, dueAt }]))
        .filter(({ id }) => dueShardOf(id) === shard)
        .sort((left, right) => left.dueAt - right.dueAt)
        .slice(0, limit),
    groups: () => [...rows.values()],
  };
};
