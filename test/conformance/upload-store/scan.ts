/** Chapter: every upload, whoever owns it. */
import { beforeAll, expect, it } from 'vitest';
import { RequestError } from '../../../shared/domain/errors.ts';
import type { Upload } from '../../../shared/domain/upload.ts';
import type { UploadStore } from '../../../shared/ports/upload-store.ts';
import { awaiting, next, put, startProcessing } from './stories.ts';

export const describeScan = (open: () => UploadStore): void => {
  let store: UploadStore;
  beforeAll(() => {
    store = open();
  });

  const scanned = async (limit: number): Promise<readonly Upload[]> => {
    const seen: Upload[] = [];
    let cursor: string | undefined;
    do {
      const page = await store.scan(limit, cursor);
      expect(page.uploads.length).toBeLessThanOrEqual(limit);
      seen.push(...page.uploads);
      cursor = page.cursor;
    } while (cursor !== undefined);
    return seen;
  };

  it('comes by every upload exactly once, as it is now, whoever owns it', async () => {
    const made = awaiting();
    const started = await startProcessing(store);
    const cancelled = awaiting({ tenant: 'elsewhere' });
    const ended = next(cancelled, { type: 'cancelled' });
    await put(store, made, cancelled, ended);

    const seen = await scanned(2);

    for (const upload of [made, started, ended]) expect(seen).toContainEqual(upload);
    expect(new Set(seen.map(({ id }) => id)).size).toBe(seen.length);
  });

  it('shows no kept generation', async () => {
    const started = await startProcessing(store);
    if (started.state === 'processing') await store.archive(started);

    const seen = await scanned(50);

    expect(seen.filter(({ id }) => id === started.id)).toEqual([started]);
  });

  it('refuses a cursor that is none', async () => {
    for (const cursor of ['x', Buffer.from('scan:').toString('base64url')]) {
      await expect(store.scan(1, cursor)).rejects.toThrow(RequestError);
    }
  });
};
