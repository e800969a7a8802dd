/** Which partition of the due index an upload is in. */
import { createHash } from 'node:crypto';
import { DUE_SHARDS } from '../ports/upload-store.ts';

/** Stable for an id and even over ids: 0 to `DUE_SHARDS - 1`. */
export const dueShardOf = (uploadId: string): number =>
  createHash('sha256').update(uploadId).digest().readUInt32BE(0) % DUE_SHARDS;
