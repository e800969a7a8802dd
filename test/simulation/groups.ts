/** What must be true of groups: of several files of one request, and of what is inside of a zip. */
import { idOfMember } from '../../shared/adapters/object-id.ts';
import type { GroupNotification } from '../../shared/contracts/messages.ts';
import { parentIn } from '../../shared/domain/children.ts';
import { type Group, indexesOf, type MemberState } from '../../shared/domain/group.ts';
import { isDeleted, isLive, type Upload } from '../../shared/domain/upload.ts';
import type { Problem } from './problem.ts';
import type { World } from './world.ts';

/** The world is told of an end, or of that of a group, by which no member may live that its client did not have processed again. */
export const hear = ({ ledger, truth, toldGroups }: World, body: string): void => {
  const told = JSON.parse(body) as GroupNotification | { readonly kind: 'upload.ended' };
  if (told.kind === 'upload.ended') {
    ledger.notified(body);
    return;
  }
  const { groupId } = told;
  toldGroups.set(groupId, new Set([...(toldGroups.get(groupId) ?? []), body]));
  ledger.cover('told of a group');
  const live = truth.rows
    .uploads()
    .find((row) => row.group?.id === groupId && isLive(row) && row.generation <= 1);
  if (live === undefined) return;
  ledger.violate({ law: 'L2', uploadId: live.id, what: `${groupId} was told while it lives` });
};

/** Every way in which a member has ever ended, in any generation. */
const endsOf = ({ ledger }: World, member: Upload): ReadonlySet<MemberState> =>
  new Set([
    ...(isDeleted(member) ? (['gone'] as const) : []),
    ...Array.from({ length: member.generation + 1 }, (_, generation) =>
      ledger.endOf(member.id, generation),
    ).flatMap((end) => (end === undefined ? [] : [end.row.state])),
  ]);

const groupProblem = (world: World, group: Group): Problem | undefined => {
  const { id, count, ended, dueAt } = group;
  if (ended === undefined) return { law: 'L1', what: `the group ${id} did not end` };
  if (dueAt !== undefined) return { law: 'L1', what: `the group ${id} is still due` };
  const rows = new Map(world.truth.rows.uploads().map((row) => [row.id, row]));
  const members = indexesOf(group).map((index) => rows.get(idOfMember(id, index)));
  const total = Object.values(ended.states).reduce((sum, some) => sum + some, 0);
  if (total !== count) return { law: 'L3', what: `the group ${id} counts ${total} of ${count}` };
  const ends = members.map((member) => (member === undefined ? undefined : endsOf(world, member)));
  for (const [state, claimed] of Object.entries(ended.states)) {
    const possible = ends.filter((end) => end === undefined || end.has(state as MemberState));
    if (possible.length < claimed) {
      return { law: 'L3', what: `the group ${id} counts ${claimed} that are ${state}` };
    }
  }
  if (parentIn(id) !== undefined) return undefined;
  const told = world.toldGroups.get(id)?.size ?? 0;
  return told === 1 ? undefined : { law: 'L2', what: `the group ${id} was told ${told} things` };
};

/** When nothing is left to happen. */
export const groupProblems = (world: World): readonly Problem[] =>
  world.truth.groups.groups().flatMap((group) => groupProblem(world, group) ?? []);
