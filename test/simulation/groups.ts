/** What must be true of groups: of several files of one request, and of what is inside of a zip. */
import { idOfMember } from '../../shared/adapters/object-id.ts';
import { parentIn } from '../../shared/domain/children.ts';
import { type Group, indexesOf, type MemberState } from '../../shared/domain/group.ts';
import { isDeleted, type Upload } from '../../shared/domain/upload.ts';
import type { Problem } from './problem.ts';
import type { World } from './world.ts';

/** Every way in which a member has ever ended, in any generation. */
const endsOf = ({ ledger }: World, member: Upload): ReadonlySet<MemberState> =>
  new Set([
    ...(isDeleted(member) ? (['gone'] as const) : []),
    ...Array.from({ length: member.generation + 1 }, (_, generation) =>
      ledger.endOf(member.id, generation),
    ).flatMap((end) => (end === undefined ? [] : [end.row.state])),
  ]);

const groupProblem = (
  world: World,
  group: Group,
  rows: ReadonlyMap<string, Upload>,
): Problem | undefined => {
  const { id, count, ended, dueAt } = group;
  if (ended === undefined) return { law: 'L1', what: `the group ${id} did not end` };
  if (dueAt !== undefined) return { law: 'L1', what: `the group ${id} is still due` };
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
export const groupProblems = (world: World): readonly Problem[] => {
  const rows = new Map(world.truth.rows.uploads().map((row) => [row.id, row]));
  return world.truth.groups.groups().flatMap((group) => groupProblem(world, group, rows) ?? []);
};
