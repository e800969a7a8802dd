/** Uppy's own plugin for S3, unmodified, set up by the very code of docs/uploading.md, on a page of another origin than the API. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import type { Page } from 'playwright-core';
import { expect, test } from 'vitest';
import type { ApiError } from '../../client/errors.ts';
import { createSluice } from '../../client/sluice.ts';
import { snippet } from '../support/snippets.ts';
import { eventually } from './desk.ts';
import { STORY_MS, type Stage } from './stage.ts';

/** As serverless.yml allows it by default: nothing listens there, the browser is answered by the test. */
const ORIGIN = 'http://localhost:3000';
const project = fileURLToPath(new URL('../..', import.meta.url));

const bundled = async (): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents: `${snippet('uppy')}\nglobalThis.uppy = uppy;`, resolveDir: project },
    bundle: true,
    write: false,
    format: 'iife',
    logLevel: 'silent',
  });
  return outputFiles[0]?.text ?? '';
};

/** A page of an app that knows where the API is and whom it speaks for. */
const openAppPage = async (stage: Stage): Promise<Page> => {
  const { page, context } = await stage.open();
  const { httpUrl, token } = stage.stack;
  // To Chromium a page that a test answers is of the internet, and needs a hand's permission to reach this machine.
  await context.grantPermissions(['local-network-access'], { origin: ORIGIN });
  await page.route(`${ORIGIN}/**`, (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!doctype html><title>An app</title>' }),
  );
  await page.goto(ORIGIN);
  await page.evaluate(
    `globalThis.API = ${JSON.stringify(httpUrl)}; globalThis.token = ${JSON.stringify(token)};`,
  );
  return page;
};

const LINE = 'sluice,with,uppy\n';

const bytesOf = (size: number): Buffer => Buffer.alloc(size, LINE);

const addFile = async (page: Page, name: string, size: number): Promise<string> =>
  (await page.evaluate(`(() => {
    const line = new TextEncoder().encode(${JSON.stringify(LINE)});
    const bytes = new Uint8Array(${size}).map((_, at) => line[at % line.length]);
    return uppy.addFile({ name: ${JSON.stringify(name)}, type: 'text/csv', data: new File([bytes], ${JSON.stringify(name)}) });
  })()`)) as string;

/** Ids of our uploads, by name; rejects with what Uppy says went wrong. */
const uploadAll = (page: Page): Promise<Readonly<Record<string, string>>> =>
  page.evaluate(`uppy.upload().then(({ successful, failed }) => {
    if (failed.length > 0) throw new Error(failed[0].error);
    return Object.fromEntries(successful.map(({ name, meta }) => [name, meta.uploadId]));
  })`);

export const testUppy = (stage: Stage): void => {
  const processed = async (id: string | undefined) => {
    const { httpUrl, followUrl, token } = stage.stack;
    const sluice = createSluice({ url: httpUrl, followUrl, session: token });
    const { state, size, steps } = await sluice.follow(id ?? '');
    const digest = steps.find(({ name }) => name === 'sha256-digest')?.outcome;
    return { state, size, digest };
  };

  const asSent = (size: number) => ({
    state: 'completed',
    size,
    digest: expect.objectContaining({
      sha256: createHash('sha256').update(bytesOf(size)).digest('hex'),
    }),
  });

  test(
    'Uppy sends a small file in a form and a large one in parts, as the docs say',
    async () => {
      const page = await openAppPage(stage);
      await page.evaluate(await bundled());
      const [small, large] = [1_000, 17 * 1024 ** 2];
      await addFile(page, 'small.csv', small);
      await addFile(page, 'large.csv', large);
      const sent: string[] = [];
      page.on('request', (request) => {
        if (request.url().startsWith(stage.stack.endpoints.s3)) sent.push(request.method());
      });

      const ids = await uploadAll(page);

      expect(await processed(ids['small.csv'])).toEqual(asSent(small));
      expect(await processed(ids['large.csv'])).toEqual(asSent(large));
      expect(sent.filter((method) => method === 'POST').length).toBe(1);
      expect(sent.filter((method) => method === 'PUT').length).toBe(4);
    },
    STORY_MS,
  );

  test(
    'Uppy goes on after a pause with the parts that have not arrived',
    async () => {
      const page = await openAppPage(stage);
      await page.evaluate(await bundled());
      const size = 17 * 1024 ** 2;
      const file = await addFile(page, 'paused.csv', size);
      const sent: number[] = [];
      let isOpen = false;
      await page.route(`${stage.stack.endpoints.s3}/**`, async (route) => {
        const part = Number(new URL(route.request().url()).searchParams.get('partNumber'));
        if (route.request().method() === 'PUT') sent.push(part);
        // The third part does not get through before the pause.
        if (isOpen || part !== 3) await route.continue();
      });

      // Bytes that were sent are no part that has arrived: Uppy knows of one when it is answered.
      await page.evaluate(`globalThis.arrived = [];
        uppy.on('s3-multipart:part-uploaded', (_, { PartNumber }) => arrived.push(PartNumber));`);

      const uploading = uploadAll(page);
      await eventually(() => [...sent].sort()).toEqual([1, 2, 3, 4]);
      await eventually(() => page.evaluate('arrived.toSorted()')).toEqual([1, 2, 4]);
      await eventually(() => page.evaluate(`uppy.getFile('${file}').progress.bytesUploaded`)).toBe(
        size - 5 * 1024 ** 2,
      );
      await page.evaluate(`uppy.pauseResume('${file}')`);
      isOpen = true;
      await page.evaluate(`uppy.pauseResume('${file}')`);
      const ids = await uploading;

      expect(await processed(ids['paused.csv'])).toEqual(asSent(size));
      expect(sent.slice(4)).toEqual([3]);
    },
    STORY_MS,
  );

  test(
    'a file that is removed from Uppy while its parts are sent is taken back from the API too',
    async () => {
      const page = await openAppPage(stage);
      await page.evaluate(await bundled());
      const file = await addFile(page, 'removed.csv', 17 * 1024 ** 2);
      const { httpUrl, token, endpoints } = stage.stack;
      // The last part never gets through, so that it is not complete when it is removed.
      await page.route(`${endpoints.s3}/**`, async (route) => {
        const part = new URL(route.request().url()).searchParams.get('partNumber');
        if (part !== '4') await route.continue();
      });
      await page.evaluate(`globalThis.arrived = [];
        uppy.on('s3-multipart:part-uploaded', (_, { PartNumber }) => arrived.push(PartNumber));
        uppy.upload().catch(() => undefined);
        0;`);
      await eventually(() => page.evaluate('arrived.toSorted()')).toEqual([1, 2, 3]);
      const id = (await page.evaluate(`uppy.getFile('${file}').meta.uploadId`)) as string;
      const sluice = createSluice({ url: httpUrl, session: token });
      const statusOf = () =>
        sluice.get(id).then(
          ({ state }) => state,
          (error: unknown) => (error as ApiError).status,
        );
      expect(await statusOf()).toBe('awaiting_upload');

      await page.evaluate(`uppy.removeFile('${file}')`);

      await eventually(statusOf).toBe(404);
      await expect(sluice.listParts(id)).rejects.toMatchObject({ status: 404 });
    },
    STORY_MS,
  );

  test(
    'the few lines of the docs send a file in a form from a browser',
    async () => {
      const page = await openAppPage(stage);

      const told = (await page.evaluate(`(async () => {
        const file = new File(['one\\ntwo\\n'], 'note.txt', { type: 'text/plain' });
        ${snippet('browser-form')}
        return { status: sent.status, id: upload.id };
      })()`)) as { readonly status: number; readonly id: string };
      const followed = (await page.evaluate(`(async () => {
        const file = new File(['one\\ntwo\\n'], 'note.txt', { type: 'text/plain' });
        ${snippet('browser-fetch')}
        return status;
      })()`)) as { readonly state: string };

      expect(told.status).toBe(204);
      expect(await processed(told.id)).toMatchObject({ state: 'completed', size: 8 });
      expect(followed).toMatchObject({ state: 'completed', size: 8 });
    },
    STORY_MS,
  );
};
