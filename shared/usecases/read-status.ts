/**
 * Answers `GET /uploads/{id}`: one question to the desk, whose answer is sent as it is; the state itself when nothing is
 * shown, when it is wrong or silent, when it is behind what the caller has seen, and when it was long not looked after.
 */
import { RequestError, RetryableError } from '../domain/errors.ts';
import {
  type JsonOf,
  jsonWith,
  type ReadyStatus,
  type Running,
  readyOf,
  runningIn,
  type StepMarks,
  tagOf,
} from '../domain/ready-status.ts';
import { documentOf, type UploadStatus } from '../domain/status.ts';
import { BUCKET_OWNER, type UploadState } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Caller, Principal } from '../ports/session-verifier.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import type { BoardEntry, Look, StatusDesk } from '../ports/status-desk.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export interface ReadStatusDeps {
  readonly store: UploadStore;
  readonly board: StatusBoard;
  readonly desk: StatusDesk;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * What was shown last may not be what happened last: a show is lost while the board is silent, and a failover takes the
 * board back in time. So what was shown this long ago is held against the state and shown again, by one caller at a time.
 */
const TRUSTED_SECONDS = 30;

/** A status, ready to be sent. */
export interface StatusAnswer {
  readonly rev: number;
  readonly state: UploadState;
  readonly updatedAt: number;
  readonly running: Running | undefined;
  /** Names what is answered: another text, another answer. */
  readonly tag: string;
  /** Made when it is asked for. */
  json(): JsonOf<UploadStatus>;
  /** Where the answer came from. */
  readonly source: 'cache' | 'store';
}

/** `seenRev` is the revision the caller has seen, 0 for none: it is never answered with an older one. */
export type ReadStatus = (
  caller: Caller,
  uploadId: string,
  seenRev?: number,
) => Promise<StatusAnswer>;

const isTheirs = (
  { tenant, owner }: Principal,
  thing: Pick<ReadyStatus, 'tenant' | 'owner'>,
): boolean => thing.tenant === tenant && (thing.owner === owner || thing.owner === BUCKET_OWNER);

/** Another tenant's upload, another owner's, one that was deleted and no upload at all are one and the same answer. */
export const mayRead = (
  principal: Principal,
  thing: Pick<ReadyStatus, 'tenant' | 'owner' | 'deletedAt'>,
): boolean => isTheirs(principal, thing) && thing.deletedAt === undefined;

const answerOf = (
  ready: ReadyStatus,
  marks: StepMarks,
  source: StatusAnswer['source'],
): StatusAnswer => {
  const { rev, state, updatedAt } = ready;
  const running = runningIn(ready, marks);
  const tag = tagOf(rev, running);
  return { rev, state, updatedAt, running, tag, source, json: () => jsonWith(ready, marks) };
};

/** @throws RequestError `unauthenticated`, `not_found`; RetryableError when neither the desk nor the state can answer. */
export const createReadStatus = (deps: ReadStatusDeps): ReadStatus => {
  const { store, board, desk, clock, random } = deps;

  const isDoubtful = async ({ ready, shownAt }: BoardEntry): Promise<boolean> => {
    // Who showed it may have had another clock: a time ahead of ours says as little as one long past.
    if (Math.abs(clock.now() - shownAt) < TRUSTED_SECONDS * 1000) return false;
    const lease = { key: `${ready.id}/status`, token: random.id(), seconds: TRUSTED_SECONDS };
    return (await board.claim(lease)) !== 'held';
  };

  const fromStore = async (principal: Principal, uploadId: string, found: Look['found']) => {
    const upload = await store.find(uploadId);
    if (upload !== undefined && mayRead(principal, upload)) return documentOf(upload);
    const isMissed =
      typeof found === 'object' ? found.ready.deletedAt === undefined : found === 'missing';
    // It was deleted and the board missed or forgot that: whoever asks next must not be shown what comes to it late.
    if (upload !== undefined && isTheirs(principal, upload) && isMissed) {
      await board.show(documentOf(upload));
    }
    throw new RequestError('not_found');
  };

  return async (caller, uploadId, seenRev = 0) => {
    const { found, session } = await desk.look(caller, uploadId);
    if (!(await caller.confirm(session))) throw new RequestError('unauthenticated');
    const entry = typeof found === 'object' && mayRead(caller, found.ready) ? found : undefined;
    const isBehind = entry !== undefined && entry.ready.rev < seenRev;
    const cached = isBehind ? undefined : entry;
    if (cached !== undefined && !(await isDoubtful(cached))) {
      return answerOf(cached.ready, cached.marks, 'cache');
    }
    try {
      const document = await fromStore(caller, uploadId, found);
      if (found !== 'unavailable') await board.show(document);
      return answerOf(readyOf(document), entry?.marks ?? {}, 'store');
    } catch (error) {
      if (cached === undefined || !(error instanceof RetryableError)) throw error;
      // Nothing says that it is wrong; it only could not be checked.
      return answerOf(cached.ready, cached.marks, 'cache');
    }
  };
};
