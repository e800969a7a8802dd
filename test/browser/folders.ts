/** A real folder, dropped as the browser itself drops one: only so does the page get entries to walk through. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Desk, eventually } from './desk.ts';
import { holdTransfers, picture, STORY_MS, type Stage } from './stage.ts';

const dropPath = async ({ page, context }: Desk, path: string): Promise<void> => {
  const browser = await context.newCDPSession(page);
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    const data = { items: [], files: [path], dragOperationsMask: 1 };
    await browser.send('Input.dispatchDragEvent', { type, x: 500, y: 150, data });
  }
  await browser.detach();
};

/** Chromium gives a folder's entries in portions of a hundred. */
const [TOP, DEEP] = [120, 900];

const fill = async (folder: string, count: number): Promise<void> => {
  await mkdir(folder, { recursive: true });
  await Promise.all(
    Array.from({ length: count }, (_, at) => writeFile(join(folder, `${at}.txt`), `${at}\n`)),
  );
  await writeFile(join(folder, '.DS_Store'), 'litter');
};

export const testFolders = (stage: Stage): void => {
  test(
    'a folder is walked through to its depths, and said where it is more than is taken at once',
    async () => {
      const desk = await stage.open();
      const { page } = desk;
      const root = await mkdtemp(join(tmpdir(), 'sluice-folder-'));
      const { letGo } = await holdTransfers(desk, stage.stack);

      try {
        await fill(join(root, 'trip'), TOP);
        await fill(join(root, 'trip', 'deep'), DEEP);
        await dropPath(desk, join(root, 'trip'));
        await eventually(() => page.locator('.card').count()).toBe(500);
        await picture(desk, 'folder');
        const facts = await page.locator('.card .facts').allTextContents();
        const names = await page.locator('.card h3').allTextContents();
        const inFolder = (folder: string) =>
          facts.filter((fact) => fact.endsWith(` · ${folder}`)).length;

        expect([inFolder('trip'), inFolder('trip/deep')]).toEqual([TOP, 500 - TOP]);
        expect(names).not.toContain('.DS_Store');
        expect(await page.locator('#left-out').textContent()).toBe(
          'Only the first 500 of more than 1000 files were taken. Add the others when these are done.',
        );
        await eventually(() => page.locator('#tally').textContent()).toBe(
          '3 in progress · 497 waiting',
        );
      } finally {
        await page.goto('about:blank');
        await letGo();
        await rm(root, { recursive: true, force: true });
      }
    },
    STORY_MS,
  );
};
