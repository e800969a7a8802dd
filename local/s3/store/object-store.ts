/** Object versions on disk, indexed in memory. A version exists once its document is renamed into place. */
import { randomBytes } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import type { StoredChecksum } from '../checksums.ts';
import { type BucketRegistry, openBucketRegistry } from './bucket-registry.ts';
import { openFiles, type StoreFiles } from './files.ts';
import { createKeyLock } from './key-lock.ts';
import { createSequencerSource, type SequencerSource } from './sequencer.ts';
import type { ObjectAttributes, ObjectVersion } from './version-index.ts';

interface NewObject extends ObjectAttributes {
  readonly bucket: string;
  readonly key: string;
  /** A finished file from `files.temporary()`. It becomes the store's, or is removed on refusal. */
  readonly bodyPath: string;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
  /** Runs when no other write to the key can intervene; throws to refuse. */
  readonly condition?: (current: ObjectVersion | undefined) => void;
}

/** What a delete did: nothing, a marker, or the removal of one version. */
export type Removal =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'marker'; readonly version: ObjectVersion }
  | { readonly kind: 'version'; readonly version: ObjectVersion; readonly sequencer: string };

export interface ObjectStore extends BucketRegistry {
  readonly files: StoreFiles;
  /** Newest version of the key, which may be a delete marker. */
  current(bucket: string, key: string): ObjectVersion | undefined;
  find(bucket: string, key: string, versionId: string): ObjectVersion | undefined;
  put(object: NewObject): Promise<ObjectVersion>;
  /** Without a version: a marker where versioning is on, else removal. */
  remove(bucket: string, key: string, versionId: string | undefined): Promise<Removal>;
}

type Draft = Omit<ObjectVersion, 'versionId' | 'sequencer' | 'lastModified'>;

const deleteMarker = (key: string): Draft => ({
  key,
  deleteMarker: true,
  size: 0,
  etag: '',
  headers: [],
  metadata: [],
  checksum: undefined,
});

interface Shelves {
  readonly files: StoreFiles;
  readonly registry: BucketRegistry;
  readonly sequencers: SequencerSource;
  readonly now: () => number;
}

const forget = async (
  { files, registry }: Shelves,
  bucket: string,
  version: ObjectVersion,
): Promise<void> => {
  registry.index(bucket).remove(version);
  await rm(files.versionFile(bucket, version.sequencer), { force: true });
  await rm(files.bodyFile(bucket, version.sequencer), { force: true });
};

interface Commit {
  readonly bucket: string;
  readonly draft: Draft;
  readonly bodyPath?: string;
}

/** Makes the draft the newest version of its key. The caller holds the key's lock. */
const commit = async (
  shelves: Shelves,
  { bucket, draft, bodyPath }: Commit,
): Promise<ObjectVersion> => {
  const { files, registry, sequencers, now } = shelves;
  const enabled = registry.bucket(bucket).versioning === 'Enabled';
  const version: ObjectVersion = {
    ...draft,
    versionId: enabled ? randomBytes(24).toString('base64url') : 'null',
    sequencer: sequencers.next(),
    lastModified: now(),
  };
  if (bodyPath !== undefined) await rename(bodyPath, files.bodyFile(bucket, version.sequencer));
  await files.writeDocument(files.versionFile(bucket, version.sequencer), version);
  const index = registry.index(bucket);
  const replaced = enabled
    ? undefined
    : index.versionsOf(draft.key).find(({ versionId }) => versionId === 'null');
  index.insert(version);
  if (replaced !== undefined) await forget(shelves, bucket, replaced);
  return version;
};

/** A crash between a write and the removal of the version it replaced leaves two null versions. */
const repair = async (shelves: Shelves): Promise<void> => {
  const { registry, sequencers } = shelves;
  for (const { name } of registry.buckets()) {
    const index = registry.index(name);
    for (const key of [...index.keys()]) {
      const versions = index.versionsOf(key);
      for (const { sequencer } of versions) sequencers.raiseAbove(sequencer);
      const nulls = versions.filter(({ versionId }) => versionId === 'null');
      for (const stale of nulls.slice(1)) await forget(shelves, name, stale);
    }
  }
};

/** Opens the store in `dir`, with whatever an earlier run left there. `now` is in milliseconds. */
export const openObjectStore = async (dir: string, now: () => number): Promise<ObjectStore> => {
  const files = await openFiles(dir);
  const registry = await openBucketRegistry(files, now);
  const sequencers = createSequencerSource(now);
  const shelves: Shelves = { files, registry, sequencers, now };
  const lock = createKeyLock();
  await repair(shelves);

  const current: ObjectStore['current'] = (bucket, key) =>
    registry.index(bucket).versionsOf(key)[0];
  const find: ObjectStore['find'] = (bucket, key, versionId) =>
    registry
      .index(bucket)
      .versionsOf(key)
      .find((version) => version.versionId === versionId);

  return {
    ...registry,
    files,
    current,
    find,
    put: ({ bucket, bodyPath, condition, ...draft }) =>
      lock(`${bucket}/${draft.key}`, async () => {
        try {
          condition?.(current(bucket, draft.key));
          const object = { ...draft, deleteMarker: false };
          return await commit(shelves, { bucket, draft: object, bodyPath });
        } catch (error) {
          await rm(bodyPath, { force: true });
          throw error;
        }
      }),
    remove: (bucket, key, versionId) =>
      lock(`${bucket}/${key}`, async () => {
        if (versionId === undefined && registry.bucket(bucket).versioning !== 'Off') {
          const version = await commit(shelves, { bucket, draft: deleteMarker(key) });
          return { kind: 'marker', version };
        }
        const version = find(bucket, key, versionId ?? 'null');
        if (version === undefined) return { kind: 'nothing' };
        await forget(shelves, bucket, version);
        return { kind: 'version', version, sequencer: sequencers.next() };
      }),
  };
};
