import { describe, expect, it } from 'vitest';
import type { Upload } from '../../../shared/domain/upload.ts';
import { createReadResults } from '../../../shared/usecases/read-results.ts';
import {
  awaiting,
  ended,
  failed,
  plan,
  processing,
  succeeded,
  UPLOAD_ID,
} from '../../support/factories.ts';
import { createMemoryWorld, PRINCIPAL } from '../../support/memory-world.ts';

const FILE = {
  name: 'page.html',
  key: `results/${UPLOAD_ID}/1/one/page.html`,
  size: 9,
  contentType: 'text/html',
};

const ONE = succeeded({ files: [FILE], result: { found: 1 } });

const setup = async (
  upload: Upload = ended('completed', { outcomes: { one: ONE, two: failed() } }),
) => {
  const world = createMemoryWorld();
  await world.store.put({ ...upload, rev: 1 });
  return createReadResults(world.deps);
};

describe('the results of an upload', () => {
  it('are, step by step, how it ended, what it found and the files it made, and the manifest', async () => {
    const { list } = await setup();

    const results = await list(PRINCIPAL, UPLOAD_ID);

    expect(results).toMatchObject({
      id: UPLOAD_ID,
      state: 'completed',
      generation: 1,
      manifest: { name: 'manifest.json', href: `/uploads/${UPLOAD_ID}/manifest` },
      steps: [
        {
          name: 'one',
          state: 'succeeded',
          outcome: { found: 1 },
          files: [
            {
              name: 'page.html',
              size: 9,
              contentType: 'text/html',
              href: `/uploads/${UPLOAD_ID}/results/one/page.html`,
            },
          ],
        },
        { name: 'two', state: 'failed', error: { code: 'corrupt' }, files: [] },
      ],
    });
    expect(JSON.stringify(results)).not.toContain(FILE.key);
  });

  it('are what there is so far, without a manifest, while it is processed', async () => {
    const { list } = await setup(processing({ plan: plan('one', 'two'), outcomes: { one: ONE } }));

    const { manifest, steps } = await list(PRINCIPAL, UPLOAD_ID);

    expect(manifest).toBeUndefined();
    expect(steps.map(({ state }) => state)).toEqual(['succeeded', 'queued']);
  });

  it.each([
    ['an unknown upload', PRINCIPAL, 'upl_x'],
    ['E3: another tenant', { tenant: 'mallory', owner: 'ann' }, UPLOAD_ID],
    ['E3: another owner', { tenant: 'acme', owner: 'bob' }, UPLOAD_ID],
  ])('are not_found for %s', async (_name, principal, id) => {
    const { list, linkManifest } = await setup();

    for (const read of [list, linkManifest]) {
      await expect(read(principal, id)).rejects.toMatchObject({ code: 'not_found' });
    }
  });
});

describe('a manifest', () => {
  it('E19: is linked as an attachment of the current generation', async () => {
    const { linkManifest } = await setup();

    const link = await linkManifest(PRINCIPAL, UPLOAD_ID);

    expect(link).toMatchObject({
      fileName: 'hello.txt.manifest.json',
      contentType: 'application/json',
    });
    expect(link.url).toContain(`results/${UPLOAD_ID}/1/manifest.json`);
  });

  it.each([
    ['waits for its file', awaiting()],
    ['is processed', processing()],
    ['failed before there was a plan', ended('failed', { plan: [], outcomes: {} })],
    ['was rejected', ended('rejected', { plan: [], outcomes: {} })],
    ['expired', ended('expired', { plan: [], outcomes: {} })],
    ['was cancelled in the middle', ended('cancelled')],
  ])('is not there when the upload %s', async (_name, upload) => {
    const { linkManifest } = await setup(upload);

    await expect(linkManifest(PRINCIPAL, UPLOAD_ID)).rejects.toMatchObject({ code: 'not_found' });
  });
});

it('E19: a file that a browser might run is sent as plain bytes', async () => {
  const { link } = await setup();

  const { url, contentType } = await link(PRINCIPAL, {
    uploadId: UPLOAD_ID,
    step: 'one',
    name: FILE.name,
  });

  expect(contentType).toBe('application/octet-stream');
  expect(new URL(url).searchParams.get('response-content-type')).toBe('application/octet-stream');
});
