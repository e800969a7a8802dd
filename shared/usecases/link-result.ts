/** Answers `GET /uploads/{id}/results/{step}/{name}`: a short-lived address of one derived file. */
import { RequestError } from '../domain/errors.ts';
import { releaseOf } from '../domain/release.ts';
import type { Upload } from '../domain/upload.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import { mayRead } from './read-status.ts';

export interface ResultName {
  readonly uploadId: string;
  readonly step: string;
  readonly name: string;
}

export type LinkResult = (principal: Principal, result: ResultName) => Promise<string>;

const DOWNLOAD_URL_SECONDS = 60;

const refuseUnlessReleased = (upload: Upload): void => {
  const release = releaseOf(upload);
  if (release === 'pending') throw new RequestError('scan_pending');
  if (release === 'withheld') throw new RequestError('withheld');
};

/** @throws RequestError `not_found`, `scan_pending`, `withheld`. */
export const createLinkResult =
  ({
    store,
    objects,
  }: {
    readonly store: UploadStore;
    readonly objects: ObjectStore;
  }): LinkResult =>
  async (principal, { uploadId, step, name }) => {
    const upload = await store.find(uploadId);
    if (upload === undefined || !mayRead(principal, upload)) throw new RequestError('not_found');
    const outcome = upload.outcomes[step];
    const files = outcome?.state === 'succeeded' ? outcome.files : [];
    const file = files.find((candidate) => candidate.name === name);
    if (file === undefined) throw new RequestError('not_found');
    refuseUnlessReleased(upload);
    return objects.presignDownload({
      key: file.key,
      fileName: `${upload.declared?.name ?? uploadId}.${file.name}`,
      expiresSeconds: DOWNLOAD_URL_SECONDS,
    });
  };
