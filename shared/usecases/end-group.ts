/**
 * The end of a group. Each member's end is added to a set in the group's row by a write whose answer is the whole set, so
 * whoever completes it knows. Then the members' own rows are asked once more, one conditional write ends the group, and
 * the world is told. Whoever dies in between is delivered again, or the sweep finds the group due: until it was told of,
 * it always is.
 */
import type { GroupMessage, GroupNotification } from '../contracts/messages.ts';
import {
  awaitedOf,
  countStates,
  type Group,
  type GroupEnd,
  hasArrived,
  indexesOf,
  memberStateOf,
} from '../domain/group.ts';
import { groupStatusOf } from '../domain/group-status.ts';
import type { EndedUpload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupBoard } from '../ports/group-board.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

/** The upload that is member `index` of a group. */
export type IdOfMember = (groupId: string, index: number) => string;

export interface EndGroupDeps {
  readonly groups: GroupStore;
  readonly groupBoard: GroupBoard;
  readonly store: UploadStore;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly idOfMember: IdOfMember;
}

export interface EndGroup {
  /** A member has ended; its row says so already. */
  arrived(member: EndedUpload): Promise<void>;
  /** Looks at every member whose end nobody has seen. Harmless at any moment and any number of times. */
  check(groupId: string): Promise<void>;
}

export const groupMessageFor = (groupId: string): GroupMessage => ({
  v: 1,
  kind: 'group',
  groupId,
});

type EndedGroup = Group & { readonly ended: GroupEnd };

/** The same every time, made of what the one write fixed. */
const notificationOf = ({ id, tenant, owner, count, ended }: EndedGroup): GroupNotification => ({
  v: 1,
  kind: 'group.ended',
  id,
  groupId: id,
  tenant,
  owner,
  count,
  states: { ...ended.states },
  endedAt: new Date(ended.at).toISOString(),
});

const hasEnded = (group: Group): group is EndedGroup => group.ended !== undefined;

export const createEndGroup = (deps: EndGroupDeps): EndGroup => {
  const { groups, groupBoard, store, queue, clock, idOfMember } = deps;

  const membersOf = async ({ id }: Group, indexes: readonly number[]) => {
    const ids = indexes.map((index) => idOfMember(id, index));
    const uploads = await store.findAll(ids);
    return ids.map((memberId, position) => ({ id: memberId, upload: uploads[position] }));
  };

  const tell = async (group: EndedGroup): Promise<void> => {
    // Told already, and durably so.
    if (group.dueAt === undefined) return;
    await queue.send('notifications', [notificationOf(group)], group.tenant);
    await groups.settle(group.id);
  };

  const endIfComplete = async (group: Group): Promise<void> => {
    if (hasEnded(group)) return tell(group);
    if (awaitedOf(group).length > 0) return;
    const members = await membersOf(group, indexesOf(group));
    // One that arrived and is processed once more will arrive once more.
    if (!members.every(({ upload }) => hasArrived(upload))) return;
    const states = countStates(members.map(({ upload }) => memberStateOf(upload)));
    const readAt = clock.now();
    const standing = await groups.end(group.id, { at: readAt, states });
    if (standing === undefined || !hasEnded(standing)) return;
    const { tenant, owner } = standing;
    // Who is told of the end and looks must see it.
    await groupBoard.showGroup({ tenant, owner, readAt, status: groupStatusOf(standing, members) });
    await tell(standing);
  };

  return {
    async arrived({ group: place }) {
      if (place === undefined) return;
      // No group yet: whoever makes it looks at its members after that.
      const group = await groups.arrive(place.id, [place.index]);
      if (group !== undefined) await endIfComplete(group);
    },
    async check(groupId) {
      const group = await groups.find(groupId);
      if (group === undefined) return;
      const awaited = awaitedOf(group);
      const members = await membersOf(group, awaited);
      const found = awaited.filter((_, position) => hasArrived(members[position]?.upload));
      const current = found.length === 0 ? group : await groups.arrive(groupId, found);
      if (current !== undefined) await endIfComplete(current);
    },
  };
};
