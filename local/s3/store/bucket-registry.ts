/** The buckets, their configuration and their version indexes; loaded from disk once. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { noSuchBucket, S3Error } from '../errors.ts';
import { isMissing, namesIn, readDocument, type StoreFiles } from './files.ts';
import { createVersionIndex, type ObjectVersion, type VersionIndex } from './version-index.ts';

type Versioning = 'Off' | 'Enabled' | 'Suspended';

interface Bucket {
  readonly name: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly versioning: Versioning;
  /** Configuration documents by sub-resource (`cors`, `notification`, …), as they were sent. */
  readonly documents: Readonly<Record<string, string>>;
}

export interface BucketRegistry {
  buckets(): readonly Bucket[];
  /** Throws NoSuchBucket. */
  bucket(name: string): Bucket;
  /** Throws NoSuchBucket. */
  index(name: string): VersionIndex;
  createBucket(name: string): Promise<void>;
  updateBucket(name: string, change: Partial<Omit<Bucket, 'name' | 'createdAt'>>): Promise<void>;
  /** Throws BucketNotEmpty while any version or marker is left. */
  deleteBucket(name: string): Promise<void>;
}

interface OpenBucket {
  bucket: Bucket;
  readonly index: VersionIndex;
}

const bucketNotEmpty = (name: string) =>
  new S3Error({
    code: 'BucketNotEmpty',
    status: 409,
    message: 'The bucket you tried to delete is not empty',
    fields: { BucketName: name },
  });

const loadIndex = async (files: StoreFiles, name: string): Promise<VersionIndex> => {
  const index = createVersionIndex();
  const names = new Set(await namesIn(files.versionsDir(name)));
  for (const file of names) {
    const path = join(files.versionsDir(name), file);
    if (file.endsWith('.json')) index.insert(await readDocument<ObjectVersion>(path));
    // A crash between the two renames: bytes without a version were never visible.
    else if (!names.has(file.replace(/\.body$/, '.json'))) await rm(path, { force: true });
  }
  return index;
};

const loadBucket = async (files: StoreFiles, name: string): Promise<OpenBucket | undefined> => {
  try {
    const bucket = await readDocument<Bucket>(files.bucketFile(name));
    return { bucket, index: await loadIndex(files, name) };
  } catch (error) {
    // A crash between the folder and its document: the bucket was never created.
    if (!isMissing(error)) throw error;
    await rm(files.bucketDir(name), { recursive: true, force: true });
    return undefined;
  }
};

/** Opens what `files` holds. `now` is in milliseconds. */
export const openBucketRegistry = async (
  files: StoreFiles,
  now: () => number,
): Promise<BucketRegistry> => {
  const open = new Map<string, OpenBucket>();
  for (const name of await namesIn(files.bucketsDir)) {
    const loaded = await loadBucket(files, name);
    if (loaded !== undefined) open.set(name, loaded);
  }
  const find = (name: string): OpenBucket => {
    const found = open.get(name);
    if (found === undefined) throw noSuchBucket(name);
    return found;
  };
  return {
    buckets: () =>
      [...open.values()]
        .map(({ bucket }) => bucket)
        .sort((one, other) => (one.name < other.name ? -1 : 1)),
    bucket: (name) => find(name).bucket,
    index: (name) => find(name).index,
    createBucket: async (name) => {
      const bucket: Bucket = { name, createdAt: now(), versioning: 'Off', documents: {} };
      await mkdir(files.versionsDir(name), { recursive: true });
      await mkdir(files.uploadsDir(name), { recursive: true });
      await files.writeDocument(files.bucketFile(name), bucket);
      open.set(name, { bucket, index: createVersionIndex() });
    },
    updateBucket: async (name, change) => {
      const found = find(name);
      found.bucket = { ...found.bucket, ...change };
      await files.writeDocument(files.bucketFile(name), found.bucket);
    },
    deleteBucket: async (name) => {
      if (find(name).index.keys().length > 0) throw bucketNotEmpty(name);
      open.delete(name);
      await rm(files.bucketDir(name), { recursive: true, force: true });
    },
  };
};
