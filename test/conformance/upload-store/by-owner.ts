/** Chapter: the uploads of one owner. */
import { beforeAll, expect, it } from 'vitest';
import { RequestError } from '../../../shared/domain/errors.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';
import { AT, anyOwner, awaiting, processing, put } from './stories.ts';

export const describeListByOwner = (open: () => UploadStore): void => {
  let store: UploadStore;
  beforeAll(() => {
    store = open();
  });

  it('lists newest first, page by page, each upload once', async () => {
    const owner = anyOwner();
    const made = [0, 1, 2, 3, 4].map((index) =>
      // Two of the same millisecond: the order is total all the same.
      awaiting({ ...owner, createdAt: AT + Math.floor(index / 2) }),
    );
    await put(store, ...made);
    const seen: Upload[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.listByOwner(owner, { limit: 2, cursor });
      expect(page.uploads.length).toBeLessThanOrEqual(2);
      seen.push(...page.uploads);
      cursor = page.cursor;
    } while (cursor !== undefined);
    expect(seen.map(({ createdAt }) => createdAt - AT)).toEqual([2, 1, 1, 0, 0]);
    expect(new Set(seen.map(({ id }) => id))).toEqual(new Set(made.map(({ id }) => id)));
  });

  it('shows no child of another upload, which keeps what it is told of its own', async () => {
    const owner = anyOwner();
    const announced = awaiting(owner);
    const parent: Upload = { ...processing(announced), childrenEnded: 2 };
    const child = awaiting({ ...owner, group: { id: `${parent.id}.1`, index: 7 } });
    await put(store, announced, parent, child);

    const { uploads } = await store.listByOwner(owner, { limit: 9 });

    expect(uploads).toEqual([parent]);
    expect(await store.find(child.id)).toEqual(child);
  });

  it('shows no upload of another owner or tenant, and none to a cursor of another', async () => {
    const owner = anyOwner();
    const other = anyOwner();
    const mine = [awaiting(owner), awaiting(owner)];
    await put(store, ...mine, awaiting(other), awaiting({ ...owner, tenant: 'elsewhere' }));
    const { uploads, cursor } = await store.listByOwner(owner, { limit: 1 });
    expect(mine.map(({ id }) => id)).toContain(uploads[0]?.id);
    const stolen = await store.listByOwner(
      { tenant: 'dev', owner: 'nobody' },
      { limit: 9, cursor },
    );
    expect(stolen.uploads).toEqual([]);
  });

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['', 'x', Buffer.from('2026#__proto__').toString('base64url')]) {
      await expect(store.listByOwner(anyOwner(), { limit: 1, cursor })).rejects.toThrow(
        RequestError,
      );
    }
  });
};
