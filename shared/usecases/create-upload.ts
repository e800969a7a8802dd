/** Answers `POST /uploads`: an upload that waits for its object, and the form that puts exactly this object or how to cut it. */
import { expiryDueAt, UPLOAD_URL_SECONDS } from '../domain/due.ts';
import { RetryableError } from '../domain/errors.ts';
import { incomingKey } from '../domain/object-key.ts';
import { MAX_POST_BYTES, partSizesOf } from '../domain/parts.ts';
import { documentOf, statusOf, type UploadStatus } from '../domain/status.ts';
import { type DeclaredFile, type GroupPlace, newUpload } from '../domain/upload.ts';
import { type TypePolicy, type UploadOptions, withPolicyOf } from '../domain/upload-options.ts';
import type { ObjectSigner, PresignedPost } from '../ports/object-signer.ts';
import type { Random } from '../ports/random.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { StatusBoard } from '../ports/status-board.ts';
import { type AdmitDeps, createAdmitUploads } from './admit-uploads.ts';

export interface CreateUploadDeps extends AdmitDeps {
  readonly objects: ObjectSigner;
  readonly board: StatusBoard;
  readonly random: Random;
  /** The mildest policy that an upload of this deployment may have. */
  readonly typePolicy: TypePolicy;
}

/** How the bytes are sent: in a form, or in parts where they are too many for one. */
export interface Way {
  readonly post?: PresignedPost;
  readonly parts?: { readonly partSize: number; readonly partCount: number };
}

export interface CreatedUpload extends Way {
  readonly status: UploadStatus;
  /** ISO 8601; no upload can start after it. */
  readonly expiresAt: string;
}

/** One file as a client asks for it. */
export interface RequestedFile {
  readonly declared: DeclaredFile;
  readonly options?: UploadOptions | undefined;
}

export interface UploadRequest extends RequestedFile {
  readonly principal: Principal;
  readonly requestId: string;
  readonly group?: GroupPlace | undefined;
}

export type CreateUpload = (request: UploadRequest) => Promise<CreatedUpload>;

export interface RegisterTerms extends UploadRequest {
  readonly id: string;
}

interface AnnouncedFile {
  readonly tenant: string;
  readonly id: string;
  readonly declared: DeclaredFile;
}

/** The addresses of parts are asked for one by one, so they are no secret of this answer. */
export const wayFor = async (
  { objects }: Pick<CreateUploadDeps, 'objects'>,
  { tenant, id, declared: { size, type, sha256 } }: AnnouncedFile,
  expiresSeconds: number,
): Promise<Way> => {
  if (size > MAX_POST_BYTES) {
    const { partSize, count: partCount } = partSizesOf(size);
    return { parts: { partSize, partCount } };
  }
  const key = incomingKey(tenant, id);
  return { post: await objects.presignUpload({ key, size, type, sha256, expiresSeconds }) };
};

/** The row is durable before the form is given away, so no object can arrive without one. Undefined when the id is taken. */
export type RegisterUpload = (terms: RegisterTerms) => Promise<CreatedUpload | undefined>;

export const createRegisterUpload =
  ({ store, objects, board, clock, typePolicy }: CreateUploadDeps): RegisterUpload =>
  async ({ id, principal: { tenant, owner }, declared, options, requestId, group }) => {
    const at = clock.now();
    const uploadDeadline = at + UPLOAD_URL_SECONDS * 1000;
    const upload = newUpload(
      {
        id,
        tenant,
        owner,
        declared,
        options: withPolicyOf(options, typePolicy),
        group,
        uploadDeadline,
        dueAt: expiryDueAt({ uploadDeadline, declared }),
      },
      at,
      { requestId, attempt: 1 },
    );

    const answer = await store.put(upload);
    if (answer.kind === 'lost') return undefined;

    await board.show(documentOf(upload));
    const way = await wayFor({ objects }, { id, tenant, declared }, UPLOAD_URL_SECONDS);
    return { status: statusOf(upload), ...way, expiresAt: new Date(uploadDeadline).toISOString() };
  };

/** 128 random bits, which nobody guesses. */
export const newUploadId = (random: Random): string => `upl_${random.id()}`;

export const createCreateUpload = (deps: CreateUploadDeps): CreateUpload => {
  const register = createRegisterUpload(deps);
  const admit = createAdmitUploads(deps);
  return async (request) => {
    const id = newUploadId(deps.random);
    await admit(request.principal, [{ id, size: request.declared.size }]);
    const created = await register({ ...request, id });
    // Two such ids do not meet; should they, the next request has another.
    if (created === undefined) throw new RetryableError('lost_race');
    return created;
  };
};
