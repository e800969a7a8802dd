/** A versioned bucket in memory, and the event records S3 would send about it. */
import { createHash } from 'node:crypto';
import type { ObjectVersion } from '../../domain/object-version.ts';
import type { Clock } from '../../ports/clock.ts';

type ObjectEventName =
  | 'ObjectCreated:Put'
  | 'ObjectCreated:Post'
  | 'ObjectRemoved:DeleteMarkerCreated';

/** What of an S3 event record (version 2.1) anybody here reads; the key is encoded as S3 encodes it. */
export interface ObjectRecord {
  readonly eventVersion: '2.1';
  readonly eventSource: 'aws:s3';
  readonly awsRegion: string;
  readonly eventTime: string;
  readonly eventName: ObjectEventName;
  readonly s3: {
    readonly s3SchemaVersion: '1.0';
    readonly bucket: { readonly name: string; readonly arn: string };
    readonly object: {
      readonly key: string;
      readonly size?: number;
      readonly eTag?: string;
      readonly versionId: string;
      readonly sequencer: string;
    };
  };
}

/** One version as it lies in the bucket; `bytes` is undefined for a delete marker. */
export interface StoredVersion extends ObjectVersion {
  readonly versionId: string;
  readonly sequencer: string;
  readonly bytes: Uint8Array | undefined;
  /** That the bucket checked when the bytes came. */
  readonly sha256?: string | undefined;
}

/** A version that has bytes. */
export interface ReadableVersion extends StoredVersion {
  readonly bytes: Uint8Array;
}

export interface MemoryBucket {
  readonly name: string;
  /** Stores a version and announces it. */
  add(
    key: string,
    bytes: Uint8Array | undefined,
    event: ObjectEventName,
    sha256?: string,
  ): StoredVersion;
  /** Takes one version away for good, unannounced, as a lifecycle rule or an operator does. */
  removeVersion(key: string, versionId: string): void;
  /** The version that `versionId` names, or the latest; undefined when it is gone or a delete marker. */
  find(key: string, versionId: string | undefined): ReadableVersion | undefined;
  /** Every version of a key, oldest first. */
  versions(key: string): readonly StoredVersion[];
  keys(): readonly string[];
}

export interface MemoryBucketOptions {
  readonly name: string;
  readonly clock: Clock;
  /** Called within `add`, once per record. */
  readonly onRecord?: ((record: ObjectRecord) => void) | undefined;
}

/** Growing, and of varying length as S3's are: zeros at the end are left off. */
const sequencerOf = (order: number): string =>
  order.toString(16).toUpperCase().padStart(16, '0').replace(/0+$/, '');

/** As Java's URLEncoder, which is what S3 uses, but for the slash. */
const encodeKey = (key: string): string =>
  encodeURIComponent(key)
    .replaceAll('%20', '+')
    .replaceAll('%2F', '/')
    .replaceAll(
      /[!'()~]/g,
      (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
    );

const recordOf = (version: StoredVersion, eventName: ObjectEventName, at: number): ObjectRecord => {
  const { bucket, key, size, eTag, versionId, sequencer, bytes } = version;
  return {
    eventVersion: '2.1',
    eventSource: 'aws:s3',
    awsRegion: 'eu-central-1',
    eventTime: new Date(at).toISOString(),
    eventName,
    s3: {
      s3SchemaVersion: '1.0',
      bucket: { name: bucket, arn: `arn:aws:s3:::${bucket}` },
      object: {
        key: encodeKey(key),
        ...(bytes === undefined ? {} : { size, eTag }),
        versionId,
        sequencer,
      },
    },
  };
};

const hasBytes = (version: StoredVersion | undefined): version is ReadableVersion =>
  version?.bytes !== undefined;

export const createMemoryBucket = ({
  name,
  clock,
  onRecord,
}: MemoryBucketOptions): MemoryBucket => {
  const versionsByKey = new Map<string, readonly StoredVersion[]>();
  let order = 0;
  const versionsOf = (key: string): readonly StoredVersion[] => versionsByKey.get(key) ?? [];

  return {
    name,
    add(key, bytes, event, sha256) {
      order += 1;
      const version: StoredVersion = {
        bucket: name,
        key,
        versionId: `version-${String(order).padStart(6, '0')}`,
        eTag: createHash('md5')
          .update(bytes ?? '')
          .digest('hex'),
        size: bytes?.length ?? 0,
        lastModified: Math.floor(clock.now() / 1000) * 1000,
        sequencer: sequencerOf(order),
        bytes: bytes?.slice(),
        ...(sha256 === undefined ? {} : { sha256 }),
      };
      versionsByKey.set(key, [...versionsOf(key), version]);
      onRecord?.(recordOf(version, event, clock.now()));
      return version;
    },
    removeVersion(key, versionId) {
      const kept = versionsOf(key).filter((version) => version.versionId !== versionId);
      versionsByKey.set(key, kept);
    },
    find(key, versionId) {
      const version =
        versionId === undefined
          ? versionsOf(key).at(-1)
          : versionsOf(key).find((candidate) => candidate.versionId === versionId);
      return hasBytes(version) ? version : undefined;
    },
    versions: versionsOf,
    keys: () => [...versionsByKey.keys()],
  };
};
