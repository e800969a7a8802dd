/** Upload groups: one row per group, beside the rows of its members. */
import type { Group, GroupEnd } from '../domain/group.ts';

export interface DueGroup {
  readonly id: string;
  readonly dueAt: number;
}

/** Errors of all methods: RetryableError `store_unavailable`, after which a write may or may not have happened. */
export interface GroupStore {
  /** A consistent read. */
  find(groupId: string): Promise<Group | undefined>;
  /** Keeps a new group unless it is there. @returns the group that stands. */
  create(group: Group): Promise<Group>;
  /**
   * Adds members to the set of those that have arrived, in one write whose answer is the whole set. Idempotent.
   * @returns undefined when there is no such group, or not yet.
   */
  arrive(groupId: string, members: readonly number[]): Promise<Group | undefined>;
  /** Ends it, unless it has ended: of many callers one does. @returns the group as it stands after that. */
  end(groupId: string, end: GroupEnd): Promise<Group | undefined>;
  /** The world was told of its end, and the sweep need not look any more. Idempotent; nothing while it has not ended. */
  settle(groupId: string): Promise<void>;
  /** Takes it away for good; idempotent. For children whose upload was deleted. */
  forget(groupId: string): Promise<void>;
  /** Moves the due time if it is still the one of `group`. False when another was first. */
  drive(group: Group, dueAt: number): Promise<boolean>;
  /** Groups of a shard whose due time is not after `now`, oldest first, eventually consistent. Shards as of uploads. */
  listDue(shard: number, now: number, limit: number): Promise<readonly DueGroup[]>;
}
