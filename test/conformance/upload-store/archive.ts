/** Chapter: earlier generations. */
import { beforeAll, expect, it } from 'vitest';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';
import { processing, startProcessing } from './stories.ts';

export const describeArchive = (open: () => UploadStore): void => {
  let store: UploadStore;
  beforeAll(() => {
    store = open();
  });

  it('keeps earlier generations, oldest first, apart from the current row', async () => {
    const first = await startProcessing(store);
    const second = { ...first, generation: 2, rev: 5 } as typeof first & {
      state: 'processing';
    };
    const third = { ...first, generation: 11, rev: 9 } as typeof second;
    for (const upload of [third, second, first]) {
      if (upload.state === 'processing') await store.archive(upload);
    }
    expect(await store.archived(first.id, 11)).toEqual([first, second]);
    expect(await store.archived(first.id, 12)).toEqual([first, second, third]);
    expect(await store.archived(first.id, 0)).toEqual([]);
    expect(await store.find(first.id)).toEqual(first);
  });

  it('keeps the newest row of a generation, in whatever order they come', async () => {
    const started = processing();
    const newer = { ...started, rev: 7 };
    for (const upload of [started, newer, started]) {
      if (upload.state === 'processing') await store.archive(upload);
    }
    expect(await store.archived(started.id, 2)).toEqual([newer]);
  });

  it('does not show archived rows in any listing', async () => {
    const started = await startProcessing(store);
    if (started.state === 'processing') await store.archive(started);
    const { uploads } = await store.listByOwner(started, { limit: 10 });
    expect(uploads).toEqual([started]);
  });
};
