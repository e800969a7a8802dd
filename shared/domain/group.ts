/**
 * An upload group: several uploads that are followed as one. Its row says who belongs to it and who has arrived at an
 * end; what the members are is read from their own rows, so nothing is counted that could be counted twice.
 */
import { isDeleted, isLive, UPLOAD_STATES, type Upload } from './upload.ts';

/** A request carries their names, an answer their forms; one read of the store takes a hundred rows. */
export const MAX_GROUP_FILES = 100;

/** `gone`: deleted by its owner, or it came to nothing and is not kept any more. */
export const MEMBER_STATES = [...UPLOAD_STATES, 'gone'] as const;
export type MemberState = (typeof MEMBER_STATES)[number];
export type StateCounts = Readonly<Partial<Record<MemberState, number>>>;

/** How it ended, fixed by the one write that ended it. */
export interface GroupEnd {
  readonly at: number;
  readonly states: StateCounts;
}

export interface Group {
  readonly id: string;
  readonly tenant: string;
  readonly owner: string;
  readonly createdAt: number;
  /** How many members it has, numbered from 0. Every one of them was made before the group. */
  readonly count: number;
  /** The members whose end was seen, by number. A set that only grows. */
  readonly arrived: readonly number[];
  readonly ended?: GroupEnd | undefined;
  /** When the sweep looks at it; undefined once it has ended and was told of. */
  readonly dueAt?: number | undefined;
  /** How often the sweep did. */
  readonly drives: number;
}

export const indexesOf = ({ count }: Pick<Group, 'count'>): readonly number[] =>
  Array.from({ length: count }, (_, index) => index);

/** Members whose end nobody has seen yet. */
export const awaitedOf = (group: Pick<Group, 'count' | 'arrived'>): readonly number[] => {
  const arrived = new Set(group.arrived);
  return indexesOf(group).filter((index) => !arrived.has(index));
};

/** A member as it is. A row that is not there was there once: it came to nothing and its time is over. */
export const memberStateOf = (member: Upload | undefined): MemberState =>
  member === undefined || isDeleted(member) ? 'gone' : member.state;

export const hasArrived = (member: Upload | undefined): boolean =>
  member === undefined || !isLive(member);

export const countStates = (states: readonly MemberState[]): StateCounts => {
  const counts = new Map<MemberState, number>();
  for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
  return Object.fromEntries([...counts].sort(([left], [right]) => (left < right ? -1 : 1)));
};
