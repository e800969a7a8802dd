import { describe, expect, it } from 'vitest';
import { createListUploads } from '../../../shared/usecases/list-uploads.ts';
import { createReadHistory } from '../../../shared/usecases/read-history.ts';
import { createReadResults } from '../../../shared/usecases/read-results.ts';
import { awaiting, ended, failed, succeeded, T0, UPLOAD_ID } from '../../support/factories.ts';
import { createMemoryWorld, PRINCIPAL } from '../../support/memory-world.ts';

const FILE = {
  name: 'thumbnail.webp',
  key: `results/${UPLOAD_ID}/1/one/thumbnail.webp`,
  size: 9,
  contentType: 'image/webp',
};

const STRANGERS = [
  ['another tenant', { tenant: 'mallory', owner: 'ann' }],
  ['another owner', { tenant: 'acme', owner: 'bob' }],
] as const;

const setup = async () => {
  const world = createMemoryWorld();
  const outcomes = { one: succeeded({ files: [FILE] }), two: failed() };
  await world.store.put(ended('completed', { rev: 1, outcomes }));
  return {
    ...world,
    ...createReadResults(world.deps),
    uploads: createListUploads(world.deps),
    history: createReadHistory(world.deps),
  };
};

describe('a link to a derived file', () => {
  it('E19: is short-lived and an attachment under the name of the upload', async () => {
    const { link, clock } = await setup();

    const linked = await link(PRINCIPAL, { uploadId: UPLOAD_ID, step: 'one', name: FILE.name });

    expect(linked).toMatchObject({
      fileName: 'hello.txt.thumbnail.webp',
      contentType: 'image/webp',
      size: 9,
      expiresAt: new Date(clock.now() + 60_000).toISOString(),
    });
    const url = new URL(linked.url);
    expect(url.pathname).toContain(FILE.key);
    expect(url.searchParams.get('expires')).toBe('60');
    expect(url.searchParams.get('response-content-disposition')).toMatch(
      /^attachment;.*hello\.txt\.thumbnail\.webp/,
    );
  });

  it.each([
    ['an unknown upload', { uploadId: 'upl_x', step: 'one', name: FILE.name }],
    ['an unknown step', { uploadId: UPLOAD_ID, step: 'three', name: FILE.name }],
    ['a failed step', { uploadId: UPLOAD_ID, step: 'two', name: FILE.name }],
    ['an unknown file', { uploadId: UPLOAD_ID, step: 'one', name: 'manifest.json' }],
    ['a path', { uploadId: UPLOAD_ID, step: 'one', name: '../../manifest.json' }],
    ['E13: a name of the language', { uploadId: UPLOAD_ID, step: '__proto__', name: 'x' }],
    ['E13: another one', { uploadId: UPLOAD_ID, step: 'constructor', name: 'name' }],
  ])('is refused as not_found for %s', async (_name, result) => {
    const { link } = await setup();

    await expect(link(PRINCIPAL, result)).rejects.toMatchObject({ code: 'not_found' });
  });

  it.each(STRANGERS)('E3: is refused as not_found for %s', async (_name, stranger) => {
    const { link } = await setup();

    const refused = link(stranger, { uploadId: UPLOAD_ID, step: 'one', name: FILE.name });

    await expect(refused).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a history', () => {
  it('is told to the owner', async () => {
    const { history } = await setup();

    expect((await history(PRINCIPAL, UPLOAD_ID)).map(({ event }) => event)).toContain('step_ended');
  });

  it.each(STRANGERS)('E3: is not_found for %s', async (_name, stranger) => {
    const { history } = await setup();

    await expect(history(stranger, UPLOAD_ID)).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is not_found for an unknown upload', async () => {
    const { history } = await setup();

    await expect(history(PRINCIPAL, 'upl_x')).rejects.toMatchObject({ code: 'not_found' });
  });
});

describe('a list', () => {
  it('has the caller’s own uploads, newest first, page by page', async () => {
    const { uploads, store } = await setup();
    for (const index of [1, 2, 3]) {
      await store.put(awaiting({ id: `upl_${index}`, createdAt: T0 + index }));
    }

    const first = await uploads(PRINCIPAL, { limit: 3 });
    const second = await uploads(PRINCIPAL, { limit: 3, cursor: first.cursor });

    expect(first.uploads.map(({ id }) => id)).toEqual(['upl_3', 'upl_2', 'upl_1']);
    expect(second.uploads.map(({ id }) => id)).toEqual([UPLOAD_ID]);
    expect(second.cursor).toBeUndefined();
  });

  it.each(STRANGERS)(
    'E3: has nothing of it for %s, even with its cursor',
    async (_name, stranger) => {
      const { uploads, store } = await setup();
      await store.put(awaiting({ id: 'upl_1', createdAt: T0 + 1 }));
      const { cursor } = await uploads(PRINCIPAL, { limit: 1 });

      expect(await uploads(stranger, { limit: 10, cursor })).toMatchObject({ uploads: [] });
    },
  );
});
