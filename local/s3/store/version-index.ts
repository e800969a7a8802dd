/** All versions of one bucket in memory: by key in listing order, newest first within a key. */
import type { StoredChecksum } from '../checksums.ts';
import { compareKeys, lowerBound } from './key-order.ts';
import { compareSequencers } from './sequencer.ts';

export type HeaderPairs = readonly (readonly [string, string])[];

/** What a write decides about an object, beside its bytes. */
export interface ObjectAttributes {
  /** Content-Type and the other headers S3 keeps and sends back. */
  readonly headers: HeaderPairs;
  /** User metadata without the `x-amz-meta-` prefix; pairs, so no name can be special. */
  readonly metadata: HeaderPairs;
}

export interface ObjectVersion extends ObjectAttributes {
  readonly key: string;
  /** `null` (the text) for versions written while versioning was not enabled, as in AWS. */
  readonly versionId: string;
  readonly sequencer: string;
  /** Milliseconds since the epoch. */
  readonly lastModified: number;
  readonly deleteMarker: boolean;
  readonly size: number;
  /** Without quotes. */
  readonly etag: string;
  readonly checksum: StoredChecksum | undefined;
}

export interface VersionIndex {
  versionsOf(key: string): readonly ObjectVersion[];
  insert(version: ObjectVersion): void;
  remove(version: ObjectVersion): void;
  /** Every key that has a version, in S3 order. */
  keys(): readonly string[];
}

export const createVersionIndex = (): VersionIndex => {
  const byKey = new Map<string, ObjectVersion[]>();
  const sorted: string[] = [];
  return {
    versionsOf: (key) => byKey.get(key) ?? [],
    insert: (version) => {
      const versions = byKey.get(version.key);
      if (versions === undefined) {
        byKey.set(version.key, [version]);
        sorted.splice(lowerBound(sorted, version.key), 0, version.key);
        return;
      }
      versions.push(version);
      versions.sort((one, other) => compareSequencers(other.sequencer, one.sequencer));
    },
    remove: (version) => {
      const left = (byKey.get(version.key) ?? []).filter((kept) => kept !== version);
      if (left.length > 0) {
        byKey.set(version.key, left);
        return;
      }
      byKey.delete(version.key);
      const at = lowerBound(sorted, version.key);
      if (sorted[at] !== undefined && compareKeys(sorted[at], version.key) === 0) {
        sorted.splice(at, 1);
      }
    },
    keys: () => sorted,
  };
};
