/** What comes out: every kind of file ends with what its steps gave. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { zipOf } from '../support/archives.ts';
import { pdf, xlsx } from '../support/documents.ts';
import { wave, webm } from '../support/media.ts';
import { eventually } from './desk.ts';
import { jsonFile, ordersFile, photoFile, tableFile, textFile, wideTableFile } from './files.ts';
import { naturalWidth, picture, preview, STORY_MS, type Stage } from './stage.ts';

export const testResults = (stage: Stage): void => {
  test(
    'files that are dropped and chosen all end done, each with what its steps gave',
    async () => {
      const desk = await stage.open();
      const { page, card, reads } = desk;
      const text = textFile('three lines.txt', 'one\ntwo\n<b>three</b>\n');
      await picture(desk, 'empty');

      await desk.drop(text, tableFile('towns.csv'), await photoFile('photo.jpg'));
      await desk.choose(jsonFile('records.json'), ordersFile('orders.csv'));
      const names = ['three lines.txt', 'towns.csv', 'photo.jpg', 'records.json', 'orders.csv'];
      for (const name of names) await reads(name, 'Done');

      const digest = createHash('sha256').update(text.buffer).digest('hex');
      await eventually(() => naturalWidth(desk, '.preview-image-thumbnail img')).toBe(256);
      await card('photo.jpg').scrollIntoViewIfNeeded();
      await eventually(() => naturalWidth(desk, '.glyph img')).toBe(256);
      expect(await preview(desk, text.name, 'text-stats').textContent()).toMatch(/lines3words3/);
      const beginning = preview(desk, text.name, 'text-stats').locator('pre');
      expect(await beginning.textContent()).toBe(String(text.buffer));
      expect(await preview(desk, 'towns.csv', 'text-stats').locator('pre').count()).toBe(0);
      expect(await preview(desk, text.name, 'sha256-digest').textContent()).toContain(digest);
      const columns = preview(desk, 'towns.csv', 'table-profile').locator('tbody th');
      expect(await columns.allTextContents()).toEqual(['town', 'people', 'note']);
      expect(await preview(desk, 'towns.csv', 'table-profile').textContent()).toContain('33.3 %');
      const orders = preview(desk, 'orders.csv', 'table-profile');
      const spread = await orders
        .locator('.histogram')
        .evaluateAll((all) => all.map((one) => one.ariaLabel));
      expect(spread).toHaveLength(3);
      expect(spread[0]).toMatch(/^Histogram of 600 values in 10 steps: 60, 60, 60/);
      expect(await orders.locator('.frequent').first().textContent()).toMatch(
        /north.*50 %.*south.*33\.3 %.*west.*16\.6 %/s,
      );
      expect(await orders.textContent()).toMatch(/about (5\d\d|600)/);
      expect(await preview(desk, 'records.json', 'json-check').textContent()).toContain('tags');
      expect(await card('photo.jpg').locator('.files button').count()).toBe(2);
      expect(await page.locator('#tally').textContent()).toBe('5 done');
      await picture(desk, 'done');
    },
    STORY_MS,
  );

  test(
    'a page follows what is processed by events, and shows each step as it ends',
    async () => {
      const desk = await stage.open();
      const lines: string[] = [];
      desk.page.on('request', (request) => lines.push(new URL(request.url()).pathname));

      await desk.choose(await photoFile('heard.jpg'));
      await desk.reads('heard.jpg', 'Done');

      expect(
        lines.filter((path) => /^\/follow\/uploads\/upl_\w+\/events$/.test(path)),
      ).toHaveLength(1);
    },
    STORY_MS,
  );

  test(
    'what a scan still keeps back is shown once it is given away',
    async () => {
      const desk = await stage.open();
      const { page } = desk;
      let kept = 0;
      await page.route('**/follow/**', (route) => route.fulfill({ status: 429 }));
      await page.route(/\/api\/uploads\/upl_\w+(?:\?|$)/, async (route) => {
        if (route.request().method() !== 'GET') return route.continue();
        const answer = await route.fetch();
        const text = await answer.text();
        if (kept > 0 || !/"image-thumbnail"[^{}]*"succeeded"/.test(text)) {
          return route.fulfill({ response: answer });
        }
        kept += 1;
        const { steps, rev, ...rest } = JSON.parse(text);
        const held = steps.map((step: { name: string }) =>
          step.name === 'malware-scan' ? { ...step, state: 'queued' } : { ...step, files: [] },
        );
        const json = { ...rest, rev: rev - 0.5, state: 'processing', progress: 80, steps: held };
        const headers = { ...answer.headers(), etag: '"0"' };
        await route.fulfill({ response: answer, headers, json });
      });

      await desk.choose(await photoFile('scanned.jpg'));
      await desk.reads('scanned.jpg', 'Done');

      expect(kept).toBe(1);
      await eventually(() => naturalWidth(desk, '.preview-image-thumbnail img')).toBe(256);
    },
    STORY_MS,
  );

  test(
    'documents show their text, archives their tree, sounds and videos what they are made of',
    async () => {
      const desk = await stage.open();
      const { card } = desk;
      const mimeType = '';
      const entries = [
        { name: 'top.txt', body: 'x' },
        { name: 'a/b/../../../evil.txt', body: 'xyz' },
      ];

      await desk.choose(
        { name: 'two pages.pdf', mimeType, buffer: pdf(['First page', 'Second page']) },
        {
          name: 'sheets.xlsx',
          mimeType,
          buffer: xlsx({ Budget: '<row r="3"><c><v>2</v></c></row>' }),
        },
        { name: 'folder.zip', mimeType, buffer: zipOf(entries) },
        { name: 'clip.webm', mimeType, buffer: webm(640, 360) },
        { name: 'silence.wav', mimeType, buffer: wave(8_000, { channels: 2 }) },
      );
      const names = ['two pages.pdf', 'sheets.xlsx', 'folder.zip', 'clip.webm', 'silence.wav'];
      for (const name of names) await desk.reads(name, 'Done');
      const text = preview(desk, 'two pages.pdf', 'document-text');
      await text.getByRole('button', { name: 'Read the text of two pages.pdf' }).click();
      await eventually(() => text.locator('pre').textContent()).toMatch(/First page\s+Second page/);
      const tree = preview(desk, 'folder.zip', 'archive-listing');
      await tree.getByRole('button', { name: 'Show 2 entries with sizes' }).click();
      await eventually(() => tree.locator('.tree').first().textContent()).toContain('3 bytes');

      expect(await text.textContent()).toContain('pages2');
      expect(await preview(desk, 'sheets.xlsx', 'document-text').textContent()).toContain(
        'Budget 3 rows',
      );
      expect(await tree.textContent()).toContain('1 entry with a path out of the archive.');
      expect(await tree.textContent()).toContain('dangerous to unpack');
      expect(await preview(desk, 'clip.webm', 'media-metadata').textContent()).toContain(
        '640 × 360',
      );
      expect(await preview(desk, 'silence.wav', 'media-metadata').textContent()).toContain(
        'stereo',
      );
      expect(await card('silence.wav').locator('.preview').count()).toBe(3);
      expect(await desk.barriers()).toEqual([]);
      await picture(desk, 'kinds');
    },
    STORY_MS,
  );

  test(
    'an archive that is unpacked lists its files, each with its state and why it failed',
    async () => {
      const desk = await stage.open();
      const { page, card } = desk;
      const zip = zipOf([
        { name: 'letters/first.txt', body: 'one' },
        { name: 'towns.csv', body: 'town,people\nBonn,330000\n' },
        { name: 'cut.pdf', body: '%PDF-1.7\nand nothing else' },
      ]);

      await eventually(() => page.evaluate("'sluice.session.v1' in localStorage")).toBe(true);
      // The page itself unpacks nothing: another program of the same user asked for it.
      await page.evaluate(`(async () => {
        const { token } = JSON.parse(localStorage.getItem('sluice.session.v1'));
        const bytes = Uint8Array.from(atob('${zip.toString('base64')}'), (letter) => letter.charCodeAt(0));
        const declared = { name: 'mixed.zip', size: bytes.length, type: 'application/zip', options: { unpack: true } };
        const headers = { authorization: 'Bearer ' + token, 'content-type': 'application/json' };
        const answer = await fetch('/api/uploads', { method: 'POST', headers, body: JSON.stringify(declared) });
        const { post } = await answer.json();
        const form = new FormData();
        for (const [name, value] of Object.entries(post.fields)) form.append(name, value);
        form.append('file', new Blob([bytes]));
        await fetch(post.url, { method: 'POST', body: form });
      })()`);
      await page.reload();
      await desk.reads('mixed.zip', 'Done');
      const open = card('mixed.zip').getByRole('button', { name: 'Details of mixed.zip' });
      if ((await open.getAttribute('aria-expanded')) === 'false') await open.click();
      const inside = page.getByRole('region', { name: 'Files inside of mixed.zip' });
      await eventually(() => inside.locator('.child').count()).toBe(3);

      expect(await inside.locator('.facts').textContent()).toBe('3 files, all have ended');
      // The list may be one that was asked for just before the last of them ended: it is asked for once more.
      const child = (at: number) => inside.locator('.child').nth(at).textContent();
      await eventually(() => child(0)).toMatch(/^letters\/first\.txt 3 bytesDone$/);
      await eventually(() => child(1)).toMatch(/^towns\.csv 24 bytesDone$/);
      await eventually(() => child(2)).toMatch(/^cut\.pdf 25 bytesFailed.*The file is damaged/);
      expect(await desk.barriers()).toEqual([]);
      await picture(desk, 'unpacked');
    },
    STORY_MS,
  );

  test(
    'what does not fit into a status is fetched from the derived file, and files can be downloaded',
    async () => {
      const desk = await stage.open();
      await desk.choose(wideTableFile('wide.csv', 200));
      await desk.reads('wide.csv', 'Done');
      const table = preview(desk, 'wide.csv', 'table-profile');
      const before = await table.locator('tbody tr').count();

      await table.getByRole('button', { name: 'Show all 200 columns' }).click();
      await eventually(() => table.locator('tbody tr').count()).toBe(200);
      const coming = desk.page.waitForEvent('download');
      await desk
        .card('wide.csv')
        .getByRole('button', { name: /^Download profile\.json/ })
        .click();
      const download = await coming;

      expect(before).toBeLessThan(200);
      expect(download.suggestedFilename()).toBe('wide.csv.profile.json');
      expect(desk.page.url()).toBe(`${stage.stack.pageUrl}/`);
    },
    STORY_MS,
  );

  test(
    'a thumbnail opens large with the keyboard and closes with Escape, back to where it was',
    async () => {
      const desk = await stage.open();
      const { page } = desk;
      await desk.choose(await photoFile('photo.jpg'));
      await desk.reads('photo.jpg', 'Done');
      const opener = page.getByRole('button', { name: 'Show photo.jpg larger' });

      await opener.focus();
      await page.keyboard.press('Enter');
      await eventually(() => naturalWidth(desk, 'dialog img')).toBe(800);
      const whileOpen = await desk.barriers();
      await page.keyboard.press('Escape');

      expect(whileOpen).toEqual([]);
      // Its element goes with its `close` event, which the browser fires in a task of its own after the key.
      await eventually(() => page.locator('dialog').count()).toBe(0);
      expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Show photo.jpg larger');
    },
    STORY_MS,
  );

  test(
    'a folder is taken with its folders, and without what the system put there',
    async () => {
      const desk = await stage.open();
      const folder = await mkdtemp(join(tmpdir(), 'sluice-folder-'));
      try {
        await mkdir(join(folder, 'reports', 'march'), { recursive: true });
        await writeFile(join(folder, 'reports', 'march', 'deep.txt'), 'deep\n');
        await writeFile(join(folder, 'reports', 'top.txt'), 'top\n');
        await writeFile(join(folder, 'reports', '.DS_Store'), 'x');

        await desk.page.setInputFiles('#folder', join(folder, 'reports'));
        await desk.reads('deep.txt', 'Done');
        await desk.reads('top.txt', 'Done');

        expect(await desk.card('deep.txt').locator('.facts').first().textContent()).toContain(
          'reports/march',
        );
        expect(await desk.page.locator('.card').count()).toBe(2);
      } finally {
        await rm(folder, { recursive: true, force: true });
      }
    },
    STORY_MS,
  );
};
