/** Answers what was made of an upload: the list of it, and short-lived addresses of its files. */
import { downloadName, downloadType } from '../domain/download.ts';
import { RequestError } from '../domain/errors.ts';
import { isShownStep } from '../domain/part.ts';
import { releaseOf } from '../domain/release.ts';
import {
  MANIFEST_TYPE,
  manifestOfEnded,
  resultsOf,
  type UploadResults,
} from '../domain/results.ts';
import type { Upload } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { ObjectSigner } from '../ports/object-signer.ts';
import type { Principal } from '../ports/session-verifier.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import { mayRead } from './read-status.ts';

export interface ReadResultsDeps {
  readonly store: UploadStore;
  readonly objects: ObjectSigner;
  readonly clock: Clock;
}

export interface ResultName {
  readonly uploadId: string;
  readonly step: string;
  readonly name: string;
}

/** Where a file is for the next moment. */
export interface ResultLink {
  readonly url: string;
  /** ISO 8601. */
  readonly expiresAt: string;
  /** As which it is sent. */
  readonly fileName: string;
  readonly contentType: string;
  readonly size?: number | undefined;
}

export interface ReadResults {
  /** @throws RequestError `not_found`. */
  list(principal: Principal, uploadId: string): Promise<UploadResults>;
  /** @throws RequestError `not_found`, `scan_pending`, `withheld`. */
  link(principal: Principal, result: ResultName): Promise<ResultLink>;
  /** The manifest of the current generation. @throws RequestError `not_found`, also while it has not ended. */
  linkManifest(principal: Principal, uploadId: string): Promise<ResultLink>;
}

const DOWNLOAD_URL_SECONDS = 60;

const refuseUnlessReleased = (upload: Upload): void => {
  const release = releaseOf(upload);
  if (release === 'pending') throw new RequestError('scan_pending');
  if (release === 'withheld') throw new RequestError('withheld');
};

interface LinkedFile {
  readonly key: string;
  readonly name: string;
  readonly contentType: string;
  readonly size?: number | undefined;
}

const createSign =
  ({ objects, clock }: ReadResultsDeps) =>
  async (upload: Upload, file: LinkedFile): Promise<ResultLink> => {
    const { key, name, size } = file;
    const fileName = downloadName(upload.declared?.name ?? upload.id, name);
    const contentType = downloadType(file.contentType);
    const expiresAt = new Date(clock.now() + DOWNLOAD_URL_SECONDS * 1000).toISOString();
    const terms = { key, fileName, contentType, expiresSeconds: DOWNLOAD_URL_SECONDS };
    const url = await objects.presignDownload(terms);
    return { url, expiresAt, fileName, contentType, ...(size === undefined ? {} : { size }) };
  };

export const createReadResults = (deps: ReadResultsDeps): ReadResults => {
  const sign = createSign(deps);

  const find = async (principal: Principal, uploadId: string): Promise<Upload> => {
    const upload = await deps.store.find(uploadId);
    if (upload === undefined || !mayRead(principal, upload)) throw new RequestError('not_found');
    return upload;
  };

  return {
    list: async (principal, uploadId) => resultsOf(await find(principal, uploadId)),
    async link(principal, { uploadId, step, name }) {
      const upload = await find(principal, uploadId);
      const outcome = upload.outcomes[step];
      const files = outcome?.state === 'succeeded' && isShownStep(step) ? outcome.files : [];
      const file = files.find((candidate) => candidate.name === name);
      if (file === undefined) throw new RequestError('not_found');
      refuseUnlessReleased(upload);
      return sign(upload, file);
    },
    async linkManifest(principal, uploadId) {
      const upload = await find(principal, uploadId);
      const key = manifestOfEnded(upload);
      if (key === undefined) throw new RequestError('not_found');
      return sign(upload, { key, name: 'manifest.json', contentType: MANIFEST_TYPE });
    },
  };
};
