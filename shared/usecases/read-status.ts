/**
 * Answers `GET /uploads/{id}`: one command to the board; the state itself when the board is empty, wrong or silent,
 * when it is behind what the caller has seen, and now and then when nothing has changed for a while.
 */
import { RequestError, RetryableError } from '../domain/errors.ts';
import { documentOf, type StatusDocument, type UploadStatus } from '../domain/status.ts';
import { BUCKET_OWNER } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { Random } from '../ports/random.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { BoardEntry, StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export interface ReadStatusDeps {
  readonly store: UploadStore;
  readonly board: StatusBoard;
  readonly clock: Clock;
  readonly random: Random;
}

/**
 * What was shown last may not be what happened last: a show is lost while the board is silent, and a failover takes the
 * board back in time. So a document that has not changed for this long is held against the state, by one caller at a time.
 */
const TRUSTED_SECONDS = 30;

export interface StatusAnswer {
  readonly status: UploadStatus;
  /** Where the answer came from. */
  readonly source: 'cache' | 'store';
}

/** `seenRev` is the revision the caller has seen, 0 for none: it is never answered with an older one. */
export type ReadStatus = (
  principal: Principal,
  uploadId: string,
  seenRev?: number,
) => Promise<StatusAnswer>;

/** Another tenant's upload, another owner's, one that was deleted and no upload at all are one and the same answer. */
export const mayRead = (
  { tenant, owner }: Principal,
  thing: Pick<StatusDocument, 'tenant' | 'owner' | 'deletedAt'>,
): boolean =>
  thing.tenant === tenant &&
  (thing.owner === owner || thing.owner === BUCKET_OWNER) &&
  thing.deletedAt === undefined;

/** The document with the marks of steps that are running now. */
const withMarks = ({ document: { status }, marks }: BoardEntry): UploadStatus => ({
  ...status,
  steps: status.steps.map((step) => {
    const mark = marks[step.name];
    if (step.state !== 'queued' || mark?.generation !== status.generation) return step;
    const startedAt = new Date(mark.startedAt).toISOString();
    return { ...step, state: 'running', attempts: mark.attempt, startedAt };
  }),
});

/** @throws RequestError `not_found`; RetryableError when neither the board nor the state can answer. */
export const createReadStatus = ({ store, board, clock, random }: ReadStatusDeps): ReadStatus => {
  const isDoubtful = async ({ document: { status } }: BoardEntry): Promise<boolean> => {
    // The writer may have had another clock: a time ahead of ours says as little as one long past.
    const unchangedMs = Math.abs(clock.now() - Date.parse(status.updatedAt));
    if (unchangedMs < TRUSTED_SECONDS * 1000) return false;
    const key = `${status.id}/status`;
    const lease = { key, token: random.id(), seconds: TRUSTED_SECONDS };
    return (await board.claim(lease)) !== 'held';
  };

  const fromStore = async (principal: Principal, uploadId: string) => {
    const upload = await store.find(uploadId);
    if (upload === undefined || !mayRead(principal, upload)) throw new RequestError('not_found');
    return documentOf(upload);
  };

  return async (principal, uploadId, seenRev = 0) => {
    const found = await board.find(principal.tenant, uploadId);
    const entry =
      typeof found === 'object' && mayRead(principal, found.document) ? found : undefined;
    const isBehind = entry !== undefined && entry.document.status.rev < seenRev;
    const cached = isBehind ? undefined : entry;
    if (cached !== undefined && !(await isDoubtful(cached))) {
      return { status: withMarks(cached), source: 'cache' };
    }
    try {
      const document = await fromStore(principal, uploadId);
      if (found !== 'unavailable') await board.show(document);
      return { status: withMarks({ document, marks: entry?.marks ?? {} }), source: 'store' };
    } catch (error) {
      if (cached === undefined || !(error instanceof RetryableError)) throw error;
      // Nothing says that it is wrong; it only could not be checked.
      return { status: withMarks(cached), source: 'cache' };
    }
  };
};
