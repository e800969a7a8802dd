/** A large upload that a reload breaks off: only what is missing is sent, whichever way the page comes back to the file. */
import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Route } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Desk, eventually } from './desk.ts';
import { picture, STORY_MS, type Stage } from './stage.ts';

const PART = 5 * 1024 ** 2;
/** Twelve parts: eleven of 5 MiB and a rest. */
const LARGE = 60_000_000;
const PARTS = Math.ceil(LARGE / PART);

/** Lets so many parts through and keeps the others on their way until the page is gone. */
const letThrough = async ({ page }: Desk, { stack }: Stage, most: number) => {
  const pattern = `${stack.endpoints.s3}/**`;
  const arrived: number[] = [];
  const held: Route[] = [];
  let room = most;
  await page.route(pattern, async (route) => {
    const { searchParams } = new URL(route.request().url());
    const part = Number(searchParams.get('partNumber'));
    if (route.request().method() !== 'PUT') return route.continue();
    if (arrived.length >= room) return void held.push(route);
    if (room === most) arrived.push(part);
    await route.continue();
  });
  return {
    arrived,
    held,
    /** From now on every part gets through, but those that were held never do. */
    stop: async () => {
      room = Number.POSITIVE_INFINITY;
      for (const route of held) await route.abort().catch(() => undefined);
    },
  };
};

/** Which parts are sent from now on. */
const watchParts = ({ page }: Desk, { stack }: Stage): number[] => {
  const sent: number[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (request.method() !== 'PUT' || !request.url().startsWith(stack.endpoints.s3)) return;
    sent.push(Number(url.searchParams.get('partNumber')));
  });
  return sent;
};

const idOf = (desk: Desk) =>
  desk.page.evaluate(
    "JSON.parse(localStorage.getItem('sluice.uploads.v1')).uploads[0].id",
  ) as Promise<string>;

/** Asks the API itself, as the page does. */
const arrivedParts = ({ page }: Desk, id: string) =>
  page.evaluate(`(async () => {
    const { token } = JSON.parse(localStorage.getItem('sluice.session.v1'));
    const answer = await fetch('/api/uploads/${id}/parts', { headers: { authorization: 'Bearer ' + token } });
    return (await answer.json()).parts.map(({ PartNumber }) => PartNumber);
  })()`) as Promise<number[]>;

const missingOf = (there: readonly number[]) =>
  Array.from({ length: PARTS }, (_, at) => at + 1).filter((part) => !there.includes(part));

export const testResuming = (stage: Stage): void => {
  let folder: string | undefined;

  const fileNamed = async (name: string, size: number, seconds = 1_700_000_000) => {
    const path = join(folder ?? '', name);
    await writeFile(path, 'sluice,in,parts\n1,2,3\n');
    await truncate(path, size);
    await utimes(path, seconds, seconds);
    return path;
  };

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'sluice-large-'));
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test(
    '60 MB that a reload broke off go on with the same file, and only the missing parts are sent',
    async () => {
      const desk = await stage.open();
      const { page, card, reads } = desk;
      const path = await fileNamed('large.bin', LARGE);
      const first = await letThrough(desk, stage, 5);
      await page.setInputFiles('#files', path);
      await eventually(() => first.held.length).toBe(3);
      const id = await idOf(desk);
      await eventually(() => arrivedParts(desk, id)).toHaveLength(5);

      await page.reload();
      await first.stop();
      await reads('large.bin', 'Not complete');
      await eventually(() => card('large.bin').locator('.progress').textContent()).toContain(
        'only what is missing is sent',
      );
      await picture(desk, 'cut-off');
      const there = await arrivedParts(desk, id);
      const sent = watchParts(desk, stage);
      const choose = async (chosen: string) => {
        const [chooser] = await Promise.all([
          page.waitForEvent('filechooser'),
          card('large.bin')
            .getByRole('button', { name: 'Choose the file again: large.bin' })
            .click(),
        ]);
        await chooser.setFiles(chosen);
      };
      await choose(await fileNamed('other.bin', LARGE));
      await eventually(() => card('large.bin').locator('.progress').textContent()).toContain(
        'That is another file',
      );
      const sentOfAnother = sent.length;
      await choose(path);
      await reads('large.bin', 'Done');

      expect(there.toSorted((one, other) => one - other)).toEqual(
        first.arrived.toSorted((one, other) => one - other),
      );
      expect(sentOfAnother).toBe(0);
      expect(sent.toSorted((one, other) => one - other)).toEqual(missingOf(there));
      expect(await page.locator('.card').count()).toBe(1);
      expect(await card('large.bin').locator('.facts').first().textContent()).toContain('60 MB');
    },
    STORY_MS,
  );

  test(
    'dropped once more, a file goes on with the upload that waits for it',
    async () => {
      const desk = await stage.open();
      const { page, reads } = desk;
      const path = await fileNamed('again.bin', 4 * PART);
      const first = await letThrough(desk, stage, 2);
      await page.setInputFiles('#files', path);
      await eventually(() => first.held.length).toBe(2);
      await eventually(async () => arrivedParts(desk, await idOf(desk))).toHaveLength(2);
      await page.reload();
      await first.stop();
      await reads('again.bin', 'Not complete');
      const sent = watchParts(desk, stage);

      await page.setInputFiles('#files', path);
      await reads('again.bin', 'Done');

      expect(sent.length).toBe(2);
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'where the browser still lets the page read the file, it goes on by itself',
    async () => {
      const desk = await stage.open();
      const { page, reads } = desk;
      // No hand can work the browser's own window: its handles come from the page's private files, which are of the same kind.
      await page.addInitScript(`globalThis.showOpenFilePicker = async () => {
        const folder = await navigator.storage.getDirectory();
        const handle = await folder.getFileHandle('kept.bin', { create: true });
        const { size } = await handle.getFile();
        if (size === 0) {
          const writable = await handle.createWritable();
          await writable.truncate(${4 * PART});
          await writable.close();
        }
        return [handle];
      }`);
      await page.reload();
      const first = await letThrough(desk, stage, 2);
      await page.getByRole('button', { name: 'Choose files' }).click();
      await eventually(() => first.held.length).toBe(2);
      await eventually(async () => arrivedParts(desk, await idOf(desk))).toHaveLength(2);
      const sent = watchParts(desk, stage);

      await first.stop();
      await page.reload();
      await reads('kept.bin', 'Done');

      const again = sent.slice(-2);
      expect(new Set(again).size).toBe(2);
      expect(again.some((part) => first.arrived.includes(part))).toBe(false);
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );
};
