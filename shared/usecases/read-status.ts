/** Answers `GET /uploads/{id}`: one command to the board; the state itself when the board is empty, wrong or silent. */
import { RequestError } from '../domain/errors.ts';
import { documentOf, type StatusDocument, type UploadStatus } from '../domain/status.ts';
import { BUCKET_OWNER } from '../domain/upload.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { BoardEntry, StatusBoard } from '../ports/status-board.ts';
import type { UploadStore } from '../ports/upload-store.ts';

export interface ReadStatusDeps {
  readonly store: UploadStore;
  readonly board: StatusBoard;
}

export interface StatusAnswer {
  readonly status: UploadStatus;
  /** Where the answer came from. */
  readonly source: 'cache' | 'store';
}

export type ReadStatus = (principal: Principal, uploadId: string) => Promise<StatusAnswer>;

/** Another tenant's upload, another owner's and no upload at all are one and the same answer. */
export const mayRead = (
  { tenant, owner }: Principal,
  thing: Pick<StatusDocument, 'tenant' | 'owner'>,
): boolean => thing.tenant === tenant && (thing.owner === owner || thing.owner === BUCKET_OWNER);

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

/** @throws RequestError `not_found`. */
export const createReadStatus =
  ({ store, board }: ReadStatusDeps): ReadStatus =>
  async (principal, uploadId) => {
    const entry = await board.find(principal.tenant, uploadId);
    if (typeof entry === 'object' && mayRead(principal, entry.document)) {
      return { status: withMarks(entry), source: 'cache' };
    }
    const upload = await store.find(uploadId);
    if (upload === undefined || !mayRead(principal, upload)) throw new RequestError('not_found');
    const document = documentOf(upload);
    if (entry === 'missing') await board.show(document);
    return { status: document.status, source: 'store' };
  };
