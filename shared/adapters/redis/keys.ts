/**
 * Where things are in Redis. The braces say which slot of a cluster a key is in: the sessions of a user and that user's
 * uploads share one, so that a poll reads both with one command.
 */
import { BUCKET_OWNER, ownerOf } from '../../domain/upload.ts';
import type { SessionHolder } from '../../ports/session-store.ts';
import type { Principal } from '../../ports/session-verifier.ts';
import type { HeldLease, ShownRef } from '../../ports/status-board.ts';

/** Tenants cannot contain a slash, and an encoded owner cannot either, so no two owners share one. */
const slotOf = (tenant: string, owner: string): string =>
  `{${tenant}/${encodeURIComponent(owner)}}`;

/** What other tools drop into the bucket is spread over all slots: it may be a whole tenant's. An owner is never empty. */
const slotOfUpload = ({ tenant, owner, uploadId }: ShownRef): string =>
  owner === BUCKET_OWNER ? `{${tenant}//${uploadId}}` : slotOf(tenant, owner);

export const uploadKey = (ref: ShownRef): string =>
  `u:${slotOfUpload(ref)}${ref.owner === BUCKET_OWNER ? '' : ref.uploadId}`;

/** Where `reader` would find it, if it is theirs to see. */
export const readUploadKey = ({ tenant, owner }: Principal, uploadId: string): string =>
  uploadKey({ tenant, owner: ownerOf(uploadId, owner), uploadId });

/** An issuer is no id of ours to make unambiguous: its length says where it ends. */
export const sessionKey = ({ tenant, owner, session: { issuer, id } }: SessionHolder): string =>
  `s:${slotOf(tenant, owner)}${issuer.length}/${issuer}/${id}`;

/** Beside what is shown of the upload that is worked on, where that is known: then one script reaches both. */
export const leaseKey = ({ key, marks }: Pick<HeldLease, 'key' | 'marks'>): string =>
  marks === undefined ? `l:{${key}}` : `l:${slotOfUpload(marks)}/${key}`;

/** May one command name both: where `reader` finds this upload, and the reader's session? */
export const shareSlot = ({ owner }: Principal, uploadId: string): boolean =>
  owner !== BUCKET_OWNER && ownerOf(uploadId, owner) === owner;
