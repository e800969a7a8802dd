/** Multipart uploads on disk, indexed in memory. A part exists once its document is renamed into place. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ChecksumAlgorithm, StoredChecksum } from '../checksums.ts';
import { S3Error } from '../errors.ts';
import { isMissing, namesIn, readDocument, type StoreFiles } from './files.ts';
import { createKeyLock } from './key-lock.ts';
import type { ObjectAttributes } from './version-index.ts';

export interface Completion {
  /** What the completing request asked for; the same request again gets the same answer. */
  readonly asked: string;
  readonly etag: string;
  readonly versionId: string;
  readonly checksum: StoredChecksum | undefined;
}

export interface Multipart extends ObjectAttributes {
  readonly uploadId: string;
  readonly bucket: string;
  readonly key: string;
  /** Milliseconds since the epoch. */
  readonly initiated: number;
  readonly algorithm: ChecksumAlgorithm | undefined;
  readonly checksumType: StoredChecksum['type'] | undefined;
  readonly completion?: Completion;
}

export interface Part {
  readonly partNumber: number;
  readonly size: number;
  /** Hex MD5, without quotes. */
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
  readonly lastModified: number;
  /** Absolute path of the bytes. */
  readonly bodyPath: string;
}

export interface MultipartStore {
  create(upload: Omit<Multipart, 'uploadId' | 'initiated' | 'completion'>): Promise<Multipart>;
  /** Throws NoSuchUpload. A completed upload is still found, by whoever completes it again. */
  find(bucket: string, key: string, uploadId: string): Multipart;
  /** In the order of part numbers. */
  parts(upload: Multipart): readonly Part[];
  /** Uploads of a bucket that are still open, by key and then by age. */
  list(bucket: string): readonly Multipart[];
  /** Takes over `bodyPath`; an earlier part of that number is replaced. */
  putPart(upload: Multipart, part: Omit<Part, 'lastModified'>): Promise<Part>;
  complete(upload: Multipart, completion: Completion): Promise<void>;
  abort(upload: Multipart): Promise<void>;
  forgetBucket(bucket: string): void;
  /** One of part, complete and abort at a time for one upload. */
  exclusively<T>(uploadId: string, work: () => Promise<T>): Promise<T>;
}

interface OpenUpload {
  upload: Multipart;
  readonly parts: Map<number, Part>;
}

export const noSuchUpload = (uploadId: string) =>
  new S3Error({
    code: 'NoSuchUpload',
    status: 404,
    message:
      'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.',
    fields: { UploadId: uploadId },
  });

const loadUpload = async (files: StoreFiles, dir: string): Promise<OpenUpload | undefined> => {
  let upload: Multipart;
  try {
    upload = await readDocument<Multipart>(join(dir, 'upload.json'));
  } catch (error) {
    if (!isMissing(error)) throw error;
    await rm(dir, { recursive: true, force: true });
    return undefined;
  }
  const parts = new Map<number, Part>();
  const folder = files.uploadDir(upload.bucket, upload.uploadId);
  for (const name of await namesIn(dir)) {
    if (!name.startsWith('part-') || !name.endsWith('.json')) continue;
    const part = await readDocument<Part>(join(dir, name));
    // Paths are stored relative, so the folder may be moved between runs.
    parts.set(part.partNumber, { ...part, bodyPath: join(folder, part.bodyPath) });
  }
  return { upload, parts };
};

const loadUploads = async (files: StoreFiles): Promise<Map<string, OpenUpload>> => {
  const open = new Map<string, OpenUpload>();
  for (const bucket of await namesIn(files.bucketsDir)) {
    for (const uploadId of await namesIn(files.uploadsDir(bucket))) {
      const loaded = await loadUpload(files, files.uploadDir(bucket, uploadId));
      if (loaded !== undefined) open.set(uploadId, loaded);
    }
  }
  return open;
};

/** Opens what `files` holds. `now` is in milliseconds. */
export const openMultipartStore = async (
  files: StoreFiles,
  now: () => number,
): Promise<MultipartStore> => {
  const open = await loadUploads(files);
  const lock = createKeyLock();
  const dirOf = ({ bucket, uploadId }: Multipart) => files.uploadDir(bucket, uploadId);
  const documentOf = (upload: Multipart) => join(dirOf(upload), 'upload.json');
  const partsOf = ({ uploadId }: Multipart) => open.get(uploadId)?.parts ?? new Map<number, Part>();

  const removeParts = async (upload: Multipart): Promise<void> => {
    for (const { partNumber, bodyPath } of partsOf(upload).values()) {
      await rm(join(dirOf(upload), `part-${partNumber}.json`), { force: true });
      await rm(bodyPath, { force: true });
    }
    partsOf(upload).clear();
  };

  return {
    exclusively: lock,
    create: async (draft) => {
      const uploadId = randomBytes(48).toString('base64url');
      const upload: Multipart = { ...draft, uploadId, initiated: now() };
      await mkdir(dirOf(upload), { recursive: true });
      await files.writeDocument(documentOf(upload), upload);
      open.set(uploadId, { upload, parts: new Map() });
      return upload;
    },
    find: (bucket, key, uploadId) => {
      const found = open.get(uploadId)?.upload;
      if (found?.bucket !== bucket || found.key !== key) throw noSuchUpload(uploadId);
      return found;
    },
    parts: (upload) =>
      [...partsOf(upload).values()].sort((one, other) => one.partNumber - other.partNumber),
    list: (bucket) =>
      [...open.values()]
        .map(({ upload }) => upload)
        .filter((upload) => upload.bucket === bucket && upload.completion === undefined)
        .sort((one, other) => {
          if (one.key !== other.key) return one.key < other.key ? -1 : 1;
          return one.initiated - other.initiated;
        }),
    putPart: async (upload, draft) => {
      const name = `part-${draft.partNumber}-${randomUUID()}.body`;
      const part: Part = { ...draft, lastModified: now(), bodyPath: join(dirOf(upload), name) };
      await rename(draft.bodyPath, part.bodyPath);
      const document = join(dirOf(upload), `part-${part.partNumber}.json`);
      await files.writeDocument(document, { ...part, bodyPath: name });
      const replaced = partsOf(upload).get(part.partNumber);
      partsOf(upload).set(part.partNumber, part);
      if (replaced !== undefined) await rm(replaced.bodyPath, { force: true });
      return part;
    },
    complete: async (upload, completion) => {
      const completed = { ...upload, completion };
      await files.writeDocument(documentOf(upload), completed);
      const entry = open.get(upload.uploadId);
      if (entry !== undefined) entry.upload = completed;
      await removeParts(upload);
    },
    abort: async (upload) => {
      open.delete(upload.uploadId);
      await rm(dirOf(upload), { recursive: true, force: true });
    },
    forgetBucket: (bucket) => {
      for (const [uploadId, { upload }] of open) {
        if (upload.bucket === bucket) open.delete(uploadId);
      }
    },
  };
};
