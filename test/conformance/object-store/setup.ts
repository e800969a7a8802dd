/** What the object-store suite needs of a store, and the small tools its chapters share. */
import { createHash, randomUUID } from 'node:crypto';
import type { ObjectVersion } from '../../../shared/domain/object-version.ts';
import type { ObjectSigner, PresignedPost } from '../../../shared/ports/object-signer.ts';
import type { ObjectStore } from '../../../shared/ports/object-store.ts';

export interface ObjectStoreSetup {
  readonly store: ObjectStore;
  /** Of the same buckets. */
  readonly signer: ObjectSigner;
  readonly uploadsBucket: string;
  /** Puts an object into the uploads bucket, as any tool may. */
  put(key: string, body: string): Promise<void>;
  /** Hides a key behind a delete marker. */
  remove(key: string): Promise<void>;
  removeVersion(key: string, versionId: string): Promise<void>;
  /** Sends a form as a client would. */
  submit(form: PresignedPost, body: string): Promise<'stored' | 'refused'>;
  readResult(key: string): Promise<{ readonly body: string; readonly contentType: string }>;
  close(): Promise<void>;
}

export const PEEK = 16;
export const anyKey = (name: string = randomUUID()): string =>
  `incoming/dev/${randomUUID()}/${name}`;
export const sha256 = (body: string): string => createHash('sha256').update(body).digest('hex');

/** What the chapters do with a store that is open by the time they run. */
export const toolsOf = (open: () => ObjectStoreSetup) => {
  const pointer = (key: string) => ({ bucket: open().uploadsBucket, key });
  const stored = async (key: string, body: string): Promise<ObjectVersion> => {
    await open().put(key, body);
    const version = await open().store.latest(key);
    if (version === undefined) throw new Error('What was just put is not there.');
    return version;
  };

  return { pointer, stored };
};
