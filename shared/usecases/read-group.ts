/**
 * Answers `GET /upload-groups/{id}`: from the board while what it shows is fresh, else from the members' own rows. However
 * many ask, the rows are read about once in two seconds: whoever finds the document stale takes a short lease to renew it.
 */
import { RequestError, RetryableError } from '../domain/errors.ts';
import { indexesOf } from '../domain/group.ts';
import { type GroupDocument, type GroupStatus, groupStatusOf } from '../domain/group-status.ts';
import type { Clock } from '../ports/clock.ts';
import type { GroupBoard } from '../ports/group-board.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { Random } from '../ports/random.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { IdOfMember } from './end-group.ts';
import { mayRead } from './read-status.ts';

export interface ReadGroupDeps {
  readonly groups: GroupStore;
  readonly store: UploadStore;
  readonly groupBoard: GroupBoard;
  readonly board: Pick<StatusBoard, 'claim'>;
  readonly clock: Clock;
  readonly random: Random;
  readonly idOfMember: IdOfMember;
}

export interface GroupAnswer {
  readonly status: GroupStatus;
  /** Where the answer came from. */
  readonly source: 'cache' | 'store';
}

/**
 * `seenRev` is the revision the caller has seen, 0 for none. It is answered with an older one only when the rows were read
 * for such a caller less than two seconds ago: a revision that nobody has must not have them read at every poll.
 */
export type ReadGroup = (
  principal: Principal,
  groupId: string,
  seenRev?: number,
) => Promise<GroupAnswer>;

/** So old may an answer be: one read of every member's row in this time, whoever asks. */
const FRESH_MS = 2_000;
/** So old while another caller is reading; longer than any read takes. */
const OLDEST_MS = 10_000;

/** The group as its members' rows say now. */
export const readGroupStatus = async (
  { groups, store, idOfMember }: Pick<ReadGroupDeps, 'groups' | 'store' | 'idOfMember'>,
  groupId: string,
): Promise<Omit<GroupDocument, 'readAt'> | undefined> => {
  const group = await groups.find(groupId);
  if (group === undefined) return undefined;
  const ids = indexesOf(group).map((index) => idOfMember(groupId, index));
  const uploads = await store.findAll(ids);
  const members = ids.map((id, index) => ({ id, upload: uploads[index] }));
  return { tenant: group.tenant, owner: group.owner, status: groupStatusOf(group, members) };
};

/** @throws RequestError `not_found`; RetryableError when neither the board nor the rows can answer. */
export const createReadGroup = (deps: ReadGroupDeps): ReadGroup => {
  const { groupBoard, board, clock, random } = deps;

  const isFresh = async ({ readAt, status }: GroupDocument, seenRev: number): Promise<boolean> => {
    // The reader before may have had another clock: a time ahead of ours says as little as one long past.
    const age = Math.abs(clock.now() - readAt);
    const isBehind = status.rev < seenRev;
    if (age < FRESH_MS && !isBehind) return true;
    if (age > OLDEST_MS) return false;
    // Another lease than that of a stale one: whoever has seen more asks at once, though the rows have just been read.
    const key = `${status.id}/${isBehind ? 'behind' : 'group'}`;
    const lease = { key, token: random.id(), seconds: FRESH_MS / 1000 };
    const isHeld = (await board.claim(lease)) === 'held';
    return isHeld && (age < FRESH_MS || !isBehind);
  };

  return async (principal, groupId, seenRev = 0) => {
    const found = await groupBoard.findGroup(principal.tenant, groupId);
    const shown = typeof found === 'object' && mayRead(principal, found) ? found : undefined;
    if (shown !== undefined && (await isFresh(shown, seenRev))) {
      return { status: shown.status, source: 'cache' };
    }
    const readAt = clock.now();
    try {
      const current = await readGroupStatus(deps, groupId);
      if (current === undefined || !mayRead(principal, current)) {
        throw new RequestError('not_found');
      }
      if (found !== 'unavailable') await groupBoard.showGroup({ ...current, readAt });
      return { status: current.status, source: 'store' };
    } catch (error) {
      const isKnownOld = shown === undefined || shown.status.rev < seenRev;
      if (isKnownOld || !(error instanceof RetryableError)) throw error;
      // Nothing says that it is wrong; it only could not be checked.
      return { status: shown.status, source: 'cache' };
    }
  };
};
