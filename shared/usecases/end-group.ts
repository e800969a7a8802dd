/**
 * The end of a group. Each member's end is added to a set in the group's row by a write whose answer is the whole set, so
 * whoever completes it knows. Then the members' own rows are asked once more, one conditional write ends the group, and
 * the world is told. Whoever dies in between is delivered again, or the sweep finds the group due: until it was told of,
 * it always is.
 */
import type { GroupMessage, GroupNotification } from '../contracts/messages.ts';
import { type Awaiting, awaitingOf, childrenIdOf, parentIn, type Run } from '../domain/children.ts';
import {
  awaitedOf,
  countStates,
  type Group,
  type GroupEnd,
  hasArrived,
  indexesOf,
  memberStateOf,
} from '../domain/group.ts';
import { type GroupMember, groupStatusOf } from '../domain/group-status.ts';
import type { Cause, EndedUpload } from '../domain/upload.ts';
import type { GroupBoard } from '../ports/group-board.ts';
import type { GroupStore } from '../ports/group-store.ts';
import { createTellParent, type TellParentDeps } from './tell-parent.ts';

/** The upload that is member `index` of a group. */
export type IdOfMember = (groupId: string, index: number) => string;

export interface EndGroupDeps extends TellParentDeps {
  readonly groups: GroupStore;
  readonly groupBoard: GroupBoard;
  readonly idOfMember: IdOfMember;
}

export interface EndGroup {
  /** A member has ended; its row says so already. */
  arrived(member: EndedUpload, cause: Cause): Promise<void>;
  /** Looks at every member whose end nobody has seen. Harmless at any moment and any number of times. */
  check(groupId: string, cause: Cause): Promise<void>;
  /** The same for the children of an upload, of which there may be none. */
  checkChildren(run: Run, cause: Cause): Promise<void>;
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
  const tellParent = createTellParent(deps);

  const membersOf = async ({ id }: Group, indexes: readonly number[]) => {
    const ids = indexes.map((index) => idOfMember(id, index));
    const uploads = await store.findAll(ids);
    return ids.map((memberId, position) => ({ id: memberId, upload: uploads[position] }));
  };

  const tell = async (group: EndedGroup, cause: Cause): Promise<void> => {
    // Told already, and durably so.
    if (group.dueAt === undefined) return;
    const parent = parentIn(group.id);
    if (parent !== undefined) await tellParent.ended(parent, group.ended, cause);
    else await queue.send('notifications', [notificationOf(group)], group.tenant);
    await groups.settle(group.id);
  };

  /** Children may all be there and ended before the last of them is made: their parent's row says when all are. */
  const awaiting = async ({ id }: Group): Promise<Awaiting> => {
    const parent = parentIn(id);
    return parent === undefined ? 'awaited' : awaitingOf(await store.find(parent.uploadId), parent);
  };

  const end = async (group: Group, members: readonly GroupMember[], cause: Cause) => {
    const states = countStates(members.map(({ upload }) => memberStateOf(upload)));
    const readAt = clock.now();
    const standing = await groups.end(group.id, { at: readAt, states });
    if (standing === undefined || !hasEnded(standing)) return;
    const { tenant, owner } = standing;
    // Who is told of the end and looks must see it. Children are looked at one by one.
    if (parentIn(group.id) === undefined) {
      const status = groupStatusOf(standing, members);
      await groupBoard.showGroup({ tenant, owner, readAt, status });
    }
    await tell(standing, cause);
  };

  const endIfComplete = async (group: Group, cause: Cause): Promise<void> => {
    if (hasEnded(group)) return tell(group, cause);
    if (awaitedOf(group).length > 0) return;
    const members = await membersOf(group, indexesOf(group));
    // One that arrived and is processed once more will arrive once more.
    if (members.every(({ upload }) => hasArrived(upload))) await end(group, members, cause);
  };

  const checkGroup = async (group: Group, cause: Cause): Promise<void> => {
    if ((await awaiting(group)) === 'making') return;
    const awaited = awaitedOf(group);
    const members = await membersOf(group, awaited);
    const found = awaited.filter((_, position) => hasArrived(members[position]?.upload));
    const current = found.length === 0 ? group : await groups.arrive(group.id, found);
    if (current !== undefined) await endIfComplete(current, cause);
  };

  return {
    async arrived({ group: place }, cause) {
      if (place === undefined) return;
      // No group yet: whoever makes it looks at its members after that.
      const group = await groups.arrive(place.id, [place.index]);
      if (group === undefined) return;
      const parent = parentIn(group.id);
      if (parent === undefined) return endIfComplete(group, cause);
      if (awaitedOf(group).length > 0) return tellParent.progressed(parent, group, cause);
      if ((await awaiting(group)) !== 'making') await endIfComplete(group, cause);
    },
    async check(groupId, cause) {
      const group = await groups.find(groupId);
      if (group !== undefined) await checkGroup(group, cause);
    },
    async checkChildren(run, cause) {
      const group = await groups.find(childrenIdOf(run));
      if (group !== undefined) return checkGroup(group, cause);
      // Nothing in the archive became a child.
      const parent = await store.find(run.uploadId);
      const isAwaited = awaitingOf(parent, run) === 'awaited';
      if (isAwaited) await tellParent.ended(run, { at: clock.now(), states: {} }, cause);
    },
  };
};
