/** What a user sees of a group: a pure projection of its members' rows. */
import type { FailureCode } from './errors.ts';
import {
  countStates,
  type Group,
  hasArrived,
  type MemberState,
  memberStateOf,
  type StateCounts,
} from './group.ts';
import { progressPercent } from './status.ts';
import { isDeleted, type Upload } from './upload.ts';

export interface MemberStatus {
  readonly id: string;
  readonly state: MemberState;
  readonly progress: number;
  /** As its owner named it. */
  readonly name?: string | undefined;
  readonly error?: { readonly code: FailureCode; readonly message: string } | undefined;
}

export interface GroupStatus {
  readonly id: string;
  /** `ended` when every member has. */
  readonly state: 'open' | 'ended';
  /** The sum of the members' revisions: it grows with every change of any of them. */
  readonly rev: number;
  readonly createdAt: string;
  /** Of the member that changed last. */
  readonly updatedAt: string;
  /** When it ended for the first time, which is when the world was told. */
  readonly endedAt?: string | undefined;
  readonly count: number;
  /** How many members are in each state that one is in. */
  readonly states: StateCounts;
  /** Percent, every member counting alike; 100 only when all have ended. */
  readonly progress: number;
  /** In the order in which they were given. */
  readonly uploads: readonly MemberStatus[];
}

/** The status, whom it may be shown to, and when it was read. */
export interface GroupDocument {
  readonly tenant: string;
  readonly owner: string;
  readonly readAt: number;
  readonly status: GroupStatus;
}

export interface GroupMember {
  readonly id: string;
  readonly upload: Upload | undefined;
}

const instant = (ms: number): string => new Date(ms).toISOString();

const memberStatus = ({ id, upload }: GroupMember): MemberStatus => {
  const state = memberStateOf(upload);
  if (upload === undefined || isDeleted(upload)) return { id, state, progress: 100 };
  const failure = 'failure' in upload ? upload.failure : undefined;
  return {
    id,
    state,
    progress: progressPercent(upload),
    ...(upload.declared === undefined ? {} : { name: upload.declared.name }),
    ...(failure === undefined ? {} : { error: { code: failure.code, message: failure.message } }),
  };
};

/** @param members all of them, in the order of their numbers, as their rows are now. */
export const groupStatusOf = (group: Group, members: readonly GroupMember[]): GroupStatus => {
  const uploads = members.map(memberStatus);
  const isOver = members.every(({ upload }) => hasArrived(upload));
  const sum = uploads.reduce((total, { progress }) => total + progress, 0);
  const revs = members.reduce((total, { upload }) => total + (upload?.rev ?? 0), 0);
  const times = members.map(({ upload }) => upload?.updatedAt ?? 0);
  return {
    id: group.id,
    state: isOver ? 'ended' : 'open',
    rev: revs + (group.ended === undefined ? 0 : 1),
    createdAt: instant(group.createdAt),
    updatedAt: instant(Math.max(group.createdAt, group.ended?.at ?? 0, ...times)),
    ...(group.ended === undefined ? {} : { endedAt: instant(group.ended.at) }),
    count: group.count,
    states: countStates(uploads.map(({ state }) => state)),
    progress: isOver ? 100 : Math.min(99, Math.floor(sum / uploads.length)),
    uploads,
  };
};
