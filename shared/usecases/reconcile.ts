/**
 * Looks through the bucket for objects that nobody announced: an event of S3 can be lost, and such an upload has no row
 * that could be due. One page a run, in laps: a large bucket takes many runs, and what is in it is looked at in each lap.
 */
import { isWorthALook, lapAfter, lapIn } from '../domain/lap.ts';
import { parseIncomingKey } from '../domain/object-key.ts';
import { compareVersions, type ObjectVersion } from '../domain/object-version.ts';
import { isDeleted } from '../domain/upload.ts';
import type { Clock } from '../ports/clock.ts';
import type { CursorStore } from '../ports/cursor-store.ts';
import type { ObjectStore } from '../ports/object-store.ts';
import type { Random } from '../ports/random.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';

export interface ReconcileDeps {
  readonly store: UploadStore;
  readonly objects: ObjectStore;
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly cursors: CursorStore;
  readonly idOfObject: (bucket: string, key: string) => string;
}

export interface Reconciled {
  /** Objects in the bucket that nobody had announced, and that were announced now. */
  readonly found: number;
  /** What could not be looked at; it is looked at in the next lap. */
  readonly failures: readonly unknown[];
}

/** @throws RetryableError when the page could not be listed, or its place not be kept; the next run looks at it again. */
export type Reconcile = (signal: AbortSignal) => Promise<Reconciled>;

/** One page of ListObjectsV2, its maximum. */
const OBJECTS_PER_RUN = 1000;
const JOB = 'reconcile';

export const createReconcile = (deps: ReconcileDeps): Reconcile => {
  const { store, objects, queue, clock, random, cursors, idOfObject } = deps;

  const isUnknown = async (object: ObjectVersion): Promise<boolean> => {
    const key = parseIncomingKey(object.key);
    if (key === undefined) return false;
    // An announced upload has its own due time; only what nobody announced can be missed, and what came after a deletion.
    const announced = key.uploadId === undefined ? undefined : await store.find(key.uploadId);
    if (announced?.tenant === key.tenant) {
      return isDeleted(announced) && announced.erasure === undefined;
    }
    const upload = await store.find(idOfObject(object.bucket, object.key));
    return upload?.object === undefined || compareVersions(object, upload.object) === 'newer';
  };

  const announce = async ({ bucket, key }: ObjectVersion): Promise<void> => {
    const tenant = parseIncomingKey(key)?.tenant;
    await queue.send('upload-events', [{ v: 1, kind: 'found', bucket, key }], tenant);
  };

  return async (signal) => {
    const now = clock.now();
    const lap = lapIn(await cursors.read(JOB), now);
    const page = await objects.listIncoming(lap.cursor, OBJECTS_PER_RUN);
    const failures: unknown[] = [];
    let found = 0;
    let last = lap.cursor;
    for (const object of page.objects) {
      if (signal.aborted) break;
      try {
        const isWorthIt = isWorthALook(lap, object.lastModified, now, random.fraction());
        if (isWorthIt && (await isUnknown(object))) {
          await announce(object);
          found += 1;
        }
      } catch (cause) {
        // Its neighbours are looked at all the same.
        failures.push(new Error(`${object.key} was not looked at.`, { cause }));
      }
      last = object.key;
    }
    const here = { ...lap, isWhole: lap.isWhole && failures.length === 0 };
    const isOver = page.cursor === undefined && !signal.aborted;
    const cursor = signal.aborted ? last : page.cursor;
    const next = isOver ? lapAfter(here, now) : { ...here, cursor };
    await cursors.keep(JOB, JSON.stringify(next));
    return { found, failures };
  };
};
