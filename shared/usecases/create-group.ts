/**
 * Answers `POST /upload-groups`: an upload for each file, and the group that follows them as one. The members' ids follow
 * from the group's, so an attempt that died anywhere is repeated into the same rows; the group's own row comes last, so a
 * group never waits for a member that was not made.
 */
import { expiryDueAt, nextDriveAt, UPLOAD_URL_SECONDS } from '../domain/due.ts';
import { RetryableError } from '../domain/errors.ts';
import { indexesOf } from '../domain/group.ts';
import type { GroupStatus } from '../domain/group-status.ts';
import type { Upload } from '../domain/upload.ts';
import type { GroupStore } from '../ports/group-store.ts';
import type { IdempotencyStore } from '../ports/idempotency-store.ts';
import type { Principal } from '../ports/session-verifier.ts';
import { createAdmitUploads } from './admit-uploads.ts';
import {
  type CreatedUpload,
  type CreateUploadDeps,
  createRegisterUpload,
  type RequestedFile,
} from './create-upload.ts';
import {
  type CreatedOnce,
  createRepeatUpload,
  fingerprintOf,
  KEPT_MS,
  keyTaken,
} from './create-upload-once.ts';
import type { IdOfMember } from './end-group.ts';
import { inTurns } from './in-turns.ts';
import { readGroupStatus } from './read-group.ts';

export interface CreateGroupDeps extends CreateUploadDeps {
  readonly groups: GroupStore;
  readonly idempotency: IdempotencyStore;
  readonly idOfMember: IdOfMember;
}

export interface GroupRequest {
  readonly principal: Principal;
  readonly files: readonly RequestedFile[];
  readonly requestId: string;
  /** Of the client: the same request under it makes one group. */
  readonly key?: string | undefined;
}

export interface CreatedGroup {
  readonly group: GroupStatus;
  /** In the order of the files; without a form where the upload takes no file any more. */
  readonly uploads: readonly (Pick<CreatedUpload, 'status'> & Partial<CreatedUpload>)[];
  readonly isRepeated: boolean;
}

export type CreateGroup = (request: GroupRequest) => Promise<CreatedGroup>;

/** @throws RequestError `conflict` for another request under the same key, or when one of its uploads was deleted. */
export const createCreateGroup = (deps: CreateGroupDeps): CreateGroup => {
  const { store, clock, random, groups, idempotency, idOfMember } = deps;
  const admit = createAdmitUploads(deps);
  const register = createRegisterUpload(deps);
  const repeat = createRepeatUpload(deps);

  /** The group's id: a new one, or the one that an earlier attempt of the same request was given. */
  const idFor = async ({ principal, files, key }: GroupRequest) => {
    const own = `grp_${random.id()}`;
    if (key === undefined) return { id: own, isRepeated: false };
    const now = clock.now();
    const { tenant, owner } = principal;
    const fingerprint = fingerprintOf(files);
    const claim = { uploadId: own, fingerprint, expiresAt: now + KEPT_MS };
    const { uploadId: id, ...standing } = await idempotency.claim(
      { tenant, owner, key },
      claim,
      now,
    );
    if (standing.fingerprint !== fingerprint) throw keyTaken();
    return { id, isRepeated: id !== own };
  };

  const makeMember = async (
    { principal, requestId }: GroupRequest,
    group: { readonly id: string; readonly index: number },
    { file, known }: { readonly file: RequestedFile; readonly known: Upload | undefined },
  ): Promise<CreatedOnce | CreatedUpload> => {
    if (known !== undefined) return repeat(known);
    const id = idOfMember(group.id, group.index);
    const created = await register({ id, principal, ...file, requestId, group });
    if (created !== undefined) return created;
    const winner = await store.find(id);
    if (winner === undefined) throw new RetryableError('lost_race');
    return repeat(winner);
  };

  return async (request) => {
    const { principal, files } = request;
    const { id, isRepeated } = await idFor(request);
    const ids = indexesOf({ count: files.length }).map((index) => idOfMember(id, index));
    const known = isRepeated ? await store.findAll(ids) : [];
    const missing = files.flatMap(({ declared }, index) => {
      const candidate = { id: idOfMember(id, index), size: declared.size };
      return known[index] === undefined ? [candidate] : [];
    });
    if (missing.length > 0) await admit(principal, missing);
    const uploads = await inTurns(files, (file, index) =>
      makeMember(request, { id, index }, { file, known: known[index] }),
    );
    const at = clock.now();
    const uploadDeadline = at + UPLOAD_URL_SECONDS * 1000;
    const lastDueAt = Math.max(
      ...files.map(({ declared }) => expiryDueAt({ uploadDeadline, declared })),
    );
    await groups.create({
      id,
      tenant: principal.tenant,
      owner: principal.owner,
      createdAt: at,
      count: files.length,
      arrived: [],
      drives: 0,
      // Members whose file never comes have expired by then, and sent on what has not ended.
      dueAt: nextDriveAt(lastDueAt, 0),
    });
    const current = await readGroupStatus(deps, id);
    if (current === undefined) throw new RetryableError('lost_race');
    return { group: current.status, uploads, isRepeated };
  };
};
