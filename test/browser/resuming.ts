/** A large upload that a reload breaks off: only what is missing is sent, whichever way the page comes back to the file. */
import { mkdtemp, rm, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type Desk, eventually } from './desk.ts';
import { buildRoad, type Road } from './road.ts';
import { picture, STORY_MS, type Stage } from './stage.ts';

const PART = 5 * 1024 ** 2;
/** Twelve parts: eleven of 5 MiB and a rest. */
const LARGE = 60_000_000;
const PARTS = Math.ceil(LARGE / PART);

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

const inOrder = (parts: readonly number[]) => parts.toSorted((one, other) => one - other);

const missingOf = (there: readonly number[]) =>
  Array.from({ length: PARTS }, (_, at) => at + 1).filter((part) => !there.includes(part));

/** The browser lets go of a page's requests some time after the page; a line cut before that is one on which it sends again. */
const openOnceLeft = async (road: Road): Promise<void> => {
  await eventually(road.held).toBe(0);
  road.open();
};

export const testResuming = (stage: Stage): void => {
  let folder: string | undefined;
  const roads: Road[] = [];

  /** Somebody whose way to the storage lets only so many parts through. */
  const openBehind = async (most: number) => {
    const road = await buildRoad(most);
    roads.push(road);
    return { road, desk: await stage.open({ proxy: road.url }) };
  };

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
  afterEach(async () => {
    for (const road of roads.splice(0)) await road.close();
  });
  afterAll(async () => {
    if (folder !== undefined) await rm(folder, { recursive: true, force: true });
  });

  test(
    '60 MB that a reload broke off go on with the same file, and only the missing parts are sent',
    async () => {
      const { desk, road } = await openBehind(5);
      const { page, card, reads } = desk;
      const path = await fileNamed('large.bin', LARGE);
      await page.setInputFiles('#files', path);
      await eventually(road.held).toBe(3);
      const id = await idOf(desk);
      await eventually(() => arrivedParts(desk, id)).toHaveLength(5);

      await page.reload();
      await openOnceLeft(road);
      await reads('large.bin', 'Not complete');
      await eventually(() => card('large.bin').locator('.progress').textContent()).toContain(
        'only what is missing is sent',
      );
      await picture(desk, 'cut-off');
      const there = await arrivedParts(desk, id);
      const before = road.through.length;
      const choose = async (chosen: string) => {
        const [chooser] = await Promise.all([
          page.waitForEvent('filechooser'),
          card('large.bin').getByRole('button', { name: 'Choose again: large.bin' }).click(),
        ]);
        await chooser.setFiles(chosen);
      };
      await choose(await fileNamed('other.bin', LARGE));
      await eventually(() => card('large.bin').locator('.progress').textContent()).toContain(
        'That is another file',
      );
      const sentOfAnother = road.through.length - before;
      await choose(path);
      await reads('large.bin', 'Done');

      const sent = road.through.slice(before);
      expect(inOrder(there)).toEqual(inOrder(road.through.slice(0, before)));
      expect(sentOfAnother).toBe(0);
      expect(inOrder(sent)).toEqual(missingOf(there));
      expect(await page.locator('.card').count()).toBe(1);
      expect(await card('large.bin').locator('.facts').first().textContent()).toContain('60 MB');
    },
    STORY_MS,
  );

  test(
    'dropped once more, a file goes on with the upload that waits for it',
    async () => {
      const { desk, road } = await openBehind(2);
      const { page, reads } = desk;
      const path = await fileNamed('again.bin', 4 * PART);
      await page.setInputFiles('#files', path);
      await eventually(road.held).toBe(2);
      await eventually(async () => arrivedParts(desk, await idOf(desk))).toHaveLength(2);
      await page.reload();
      await openOnceLeft(road);
      await reads('again.bin', 'Not complete');

      await page.setInputFiles('#files', path);
      await reads('again.bin', 'Done');

      expect(road.through).toHaveLength(4);
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'where the browser still lets the page read the file, it goes on by itself',
    async () => {
      const { desk, road } = await openBehind(2);
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
      await page.getByRole('button', { name: 'Choose files' }).click();
      await eventually(road.held).toBe(2);
      await eventually(async () => arrivedParts(desk, await idOf(desk))).toHaveLength(2);

      const address = page.url();
      await page.goto('about:blank');
      await openOnceLeft(road);
      await page.goto(address);
      await reads('kept.bin', 'Done');

      expect(inOrder(road.through)).toEqual([1, 2, 3, 4]);
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );
};
