/** Chapter: what the sweep finds. */
import { beforeAll, expect, it } from 'vitest';
import { dueShardOf } from '../../../shared/adapters/due-shard.ts';
import { DUE_SHARDS, type UploadStore } from '../../../shared/ports/upload-store.ts';
import { awaiting, failed, next, outcomesOf, put, startProcessing, uploadId } from './stories.ts';

export const describeListDue = (open: () => UploadStore): void => {
  let store: UploadStore;
  beforeAll(() => {
    store = open();
  });

  const dueIds = async (now: number, limit = 1_000): Promise<readonly string[]> => {
    const shards = Array.from({ length: DUE_SHARDS }, (_, shard) =>
      store.listDue(shard, now, limit),
    );
    return (await Promise.all(shards)).flat().map(({ id }) => id);
  };

  it('finds a live upload in exactly one shard, from its due time on', async () => {
    const upload = awaiting({ dueAt: 1_000 });
    await put(store, upload);
    expect(await dueIds(999)).not.toContain(upload.id);
    expect((await dueIds(1_000)).filter((id) => id === upload.id)).toHaveLength(1);
    const own = await store.listDue(dueShardOf(upload.id), 1_000, 1_000);
    expect(own).toContainEqual({ id: upload.id, dueAt: 1_000 });
  });

  it('lists the most overdue first and no more than asked for', async () => {
    const shard = 0;
    const ids = Array.from({ length: 60 }, uploadId).filter((id) => dueShardOf(id) === shard);
    await put(store, ...ids.slice(0, 3).map((id, index) => awaiting({ id, dueAt: 10 + index })));
    const due = await store.listDue(shard, 20, 2);
    expect(due.map(({ dueAt }) => dueAt)).toEqual([10, 11]);
  });

  it('forgets an upload that has ended', async () => {
    const made = awaiting({ dueAt: 500 });
    await put(store, made, next(made, { type: 'cancelled' }));
    expect(await dueIds(Number.MAX_SAFE_INTEGER)).not.toContain(made.id);
  });

  it('follows the due time that recording outcomes sets', async () => {
    const started = await startProcessing(store);
    await store.recordOutcomes({ ...outcomesOf(started, { digest: failed }), dueAt: 700 });
    expect(await dueIds(700)).toContain(started.id);
    expect(await dueIds(699)).not.toContain(started.id);
  });
};
