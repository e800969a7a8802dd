/** Tools and people beside the API: who writes to the bucket, and who orders a second run. */
import { BUCKET_OWNER } from '../../shared/domain/upload.ts';
import { createReprocessUpload } from '../../shared/usecases/reprocess-upload.ts';
import { depsOf, TIMEOUT_SECONDS } from './functions.ts';
import { follow } from './pollers.ts';
import type { World } from './world.ts';

/** What other tools do to one key of the bucket, one after the other. */
export interface BucketPlan {
  readonly tenant: string;
  readonly key: string;
  readonly acts: readonly (
    | { readonly at: number; readonly act: 'put'; readonly bytes: Uint8Array }
    /** A delete marker; older versions stay readable by their id. */
    | { readonly at: number; readonly act: 'hide' }
    /** The latest version goes for good. */
    | { readonly at: number; readonly act: 'remove' }
  )[];
  readonly polls: number;
}

export const addBucketKey = (world: World, { tenant, key, acts, polls }: BucketPlan): void => {
  const { scheduler, truth, ledger, stores } = world;
  const [uploadId = ''] = stores.uploadsOfKey(key);
  for (const act of acts) {
    scheduler.after(act.at, () => {
      if (act.act === 'put') truth.bucket.put(key, act.bytes);
      else if (act.act === 'hide') truth.bucket.remove(key);
      else {
        const latest = truth.bucket.versions(key).findLast(({ bytes }) => bytes !== undefined);
        if (latest === undefined) return;
        truth.bucket.removeVersion(key, latest.versionId);
        ledger.removed(latest.versionId, 'gone');
        world.note('tool', `removes ${latest.versionId} for good`, [uploadId]);
      }
    });
  }
  const principal = { tenant, owner: BUCKET_OWNER };
  scheduler.after(acts[0]?.at ?? 0, () => follow(world, { uploadId, principal, polls }));
};

/** An operator who has uploads processed once more, at moments of no plan. */
export const addOperator = (world: World, times: readonly number[]): void => {
  const { scheduler, random, truth, lambda, stores, onLog, ledger } = world;
  for (const time of times) {
    scheduler.after(time, () => {
      const rows = truth.rows.uploads();
      const row = rows[random.below(rows.length)];
      if (row === undefined) return;
      lambda.invoke(
        { name: 'reprocess', timeoutSeconds: TIMEOUT_SECONDS.reprocess, uploads: [row.id] },
        (inv) =>
          createReprocessUpload(depsOf(inv, stores, onLog))(row.id, {
            requestId: inv.id,
            attempt: 1,
          }),
        (ended) => ledger.cover(`reprocess: ${ended.kind}`),
      );
    });
  }
};
