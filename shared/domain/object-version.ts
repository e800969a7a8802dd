/** One S3 version of one object, and the order of two versions of the same key. */

export interface ObjectVersion {
  readonly bucket: string;
  readonly key: string;
  /** Absent in a bucket without versioning; then the ETag pins the bytes. */
  readonly versionId?: string | undefined;
  readonly eTag: string;
  readonly size: number;
  /** Milliseconds since the epoch, whole seconds as S3 gives it. */
  readonly lastModified: number;
  /** Hexadecimal, of varying length; only on events that S3 itself sent. */
  readonly sequencer?: string | undefined;
}

export type VersionOrder = 'same' | 'older' | 'newer';

/**
 * Orders two sequencers of one key: "you can right pad the shorter value with zeros, and then do a
 * lexicographic comparison" (S3 user guide, event message structure).
 */
export const compareSequencers = (left: string, right: string): VersionOrder => {
  const length = Math.max(left.length, right.length);
  const a = left.toUpperCase().padEnd(length, '0');
  const b = right.toUpperCase().padEnd(length, '0');
  if (a === b) return 'same';
  return a < b ? 'older' : 'newer';
};

const isSameVersion = (left: ObjectVersion, right: ObjectVersion): boolean =>
  left.versionId !== undefined && right.versionId !== undefined
    ? left.versionId === right.versionId
    : left.eTag === right.eTag && left.lastModified === right.lastModified;

/**
 * What `candidate` is to `current`, a version of the same key. The sequencer decides where both have
 * one. A version without one was found by looking at the bucket, not by an event; then its time decides,
 * and within one second a version found by looking is the newer one, because only the latest is found so.
 */
export const compareVersions = (candidate: ObjectVersion, current: ObjectVersion): VersionOrder => {
  if (isSameVersion(candidate, current)) return 'same';
  if (candidate.sequencer !== undefined && current.sequencer !== undefined) {
    return compareSequencers(candidate.sequencer, current.sequencer);
  }
  if (candidate.lastModified !== current.lastModified) {
    return candidate.lastModified < current.lastModified ? 'older' : 'newer';
  }
  return candidate.sequencer === undefined ? 'newer' : 'older';
};
