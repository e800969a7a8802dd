/** Where things lie under the store's folder, and the one way a document becomes visible: by rename. */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

export interface StoreFiles {
  readonly bucketsDir: string;
  bucketDir(bucket: string): string;
  bucketFile(bucket: string): string;
  versionsDir(bucket: string): string;
  /** Metadata of one version; its existence is what makes the version exist. */
  versionFile(bucket: string, sequencer: string): string;
  bodyFile(bucket: string, sequencer: string): string;
  uploadsDir(bucket: string): string;
  uploadDir(bucket: string, uploadId: string): string;
  /** A fresh path for bytes nobody may see yet. Left-overs are removed at the next start. */
  temporary(): string;
  /** Writes a document whole or not at all. */
  writeDocument(path: string, content: unknown): Promise<void>;
}

export const openFiles = async (dir: string): Promise<StoreFiles> => {
  const bucketsDir = join(dir, 'buckets');
  const temporaryDir = join(dir, 'incomplete');
  await rm(temporaryDir, { recursive: true, force: true });
  await mkdir(temporaryDir, { recursive: true });
  await mkdir(bucketsDir, { recursive: true });
  const bucketDir = (bucket: string) => join(bucketsDir, bucket);
  const versionsDir = (bucket: string) => join(bucketDir(bucket), 'versions');
  const uploadsDir = (bucket: string) => join(bucketDir(bucket), 'uploads');
  const temporary = () => join(temporaryDir, randomUUID());
  return {
    bucketsDir,
    bucketDir,
    bucketFile: (bucket) => join(bucketDir(bucket), 'bucket.json'),
    versionsDir,
    versionFile: (bucket, sequencer) => join(versionsDir(bucket), `${sequencer}.json`),
    bodyFile: (bucket, sequencer) => join(versionsDir(bucket), `${sequencer}.body`),
    uploadsDir,
    uploadDir: (bucket, uploadId) => join(uploadsDir(bucket), uploadId),
    temporary,
    writeDocument: async (path, content) => {
      const draft = temporary();
      await writeFile(draft, JSON.stringify(content));
      await rename(draft, path);
    },
  };
};

/** Only this store writes the documents, so what it reads back has the type it wrote. */
export const readDocument = async <T>(path: string): Promise<T> =>
  JSON.parse(await readFile(path, 'utf8')) as T;

/** Names in a folder; none when the folder does not exist. */
export const namesIn = async (dir: string): Promise<readonly string[]> => {
  try {
    return await readdir(dir);
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
};

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';
