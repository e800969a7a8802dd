/** The upload page as people use it: a real Chromium, the whole pipeline behind it, real bytes. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser, Request, Route } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';
import { findChromium, startChromium } from './chromium.ts';
import { type ChosenFile, type Desk, eventually, openDesk } from './desk.ts';
import {
  damagedPicture,
  jsonFile,
  photoFile,
  tableFile,
  textFile,
  wideTableFile,
} from './files.ts';

const executable = findChromium();
const title =
  executable === undefined
    ? 'the upload page: NOT TRIED, there is no Chromium on this machine (Debian: apt-get install chromium)'
    : 'the upload page';

const START_MS = 120_000;
const STORY_MS = 120_000;
/** Where to leave pictures for the eye; none are taken without. */
const screenshots = process.env.SCREENSHOTS;

let stack: Stack;
let browser: Browser;
const desks: Desk[] = [];

const open = async (): Promise<Desk> => {
  const desk = await openDesk(browser, stack.pageUrl);
  desks.push(desk);
  return desk;
};

const picture = async ({ page }: Desk, name: string) => {
  if (screenshots === undefined) return;
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
};

const preview = ({ card }: Desk, name: string, step: string) =>
  card(name).locator(`.preview-${step}`);

const naturalWidth = ({ page }: Desk, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.naturalWidth`);

/** What reaches beyond the page's right edge, other than within a part that scrolls by itself. */
const tooWide = `[...document.querySelectorAll('body *')]
  .filter((part) => !part.parentElement.closest('.scroll') && !part.closest('.unseen'))
  .filter((part) => part.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((part) => part.outerHTML.slice(0, 120))`;

const isTransfer = (request: Request) =>
  request.method() === 'POST' && request.url().startsWith(stack.endpoints.s3);

/** Bytes on their way to S3 stay on their way until `letGo`. */
const holdTransfers = async ({ page }: Desk) => {
  const pattern = `${stack.endpoints.s3}/**`;
  const held: Route[] = [];
  await page.route(pattern, async (route) => {
    if (isTransfer(route.request())) held.push(route);
    else await route.continue();
  });
  return {
    held,
    letGo: async () => {
      for (const route of held.splice(0)) await route.continue().catch(() => undefined);
      await page.unroute(pattern);
    },
  };
};

describe.skipIf(executable === undefined)(title, () => {
  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ logLevel: 'warn' }),
      startChromium(executable ?? ''),
    ]);
  }, START_MS);

  afterEach(async () => {
    const closing = desks.splice(0);
    const complaints = closing.flatMap((desk) => desk.complaints);
    await Promise.all(closing.map(({ context }) => context.close()));
    expect(complaints).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  }, START_MS);

  test(
    'files that are dropped and chosen all end done, each with what its steps gave',
    async () => {
      const desk = await open();
      const { page, card, reads } = desk;
      const text = textFile('three lines.txt', 'one\ntwo\nthree\n');
      await picture(desk, 'empty');

      await desk.drop(text, tableFile('towns.csv'), await photoFile('photo.jpg'));
      await desk.choose(jsonFile('records.json'), wideTableFile('wide.csv', 200));
      const names = ['three lines.txt', 'towns.csv', 'photo.jpg', 'records.json', 'wide.csv'];
      for (const name of names) await reads(name, 'Done');

      const digest = createHash('sha256').update(text.buffer).digest('hex');
      await eventually(() => naturalWidth(desk, '.preview-image-thumbnail img')).toBe(256);
      await card('photo.jpg').scrollIntoViewIfNeeded();
      await eventually(() => naturalWidth(desk, '.glyph img')).toBe(256);
      expect(await preview(desk, text.name, 'text-stats').textContent()).toMatch(/lines3words3/);
      expect(await preview(desk, text.name, 'sha256-digest').textContent()).toContain(digest);
      const columns = preview(desk, 'towns.csv', 'table-profile').locator('tbody th');
      expect(await columns.allTextContents()).toEqual(['town', 'people', 'note']);
      expect(await preview(desk, 'towns.csv', 'table-profile').textContent()).toContain('33.3 %');
      expect(await preview(desk, 'records.json', 'json-check').textContent()).toContain('tags');
      expect(await card('photo.jpg').locator('.files button').count()).toBe(2);
      expect(await page.locator('#tally').textContent()).toBe('5 done');
      await picture(desk, 'done');
    },
    STORY_MS,
  );

  test(
    'what does not fit into a status is fetched from the derived file, and files can be downloaded',
    async () => {
      const desk = await open();
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
      expect(desk.page.url()).toBe(`${stack.pageUrl}/`);
    },
    STORY_MS,
  );

  test(
    'a file that is dropped before the page knows its API is not lost',
    async () => {
      const desk = await open();
      const held: Route[] = [];
      await desk.page.route('**/config.json', (route) => {
        held.push(route);
      });
      await desk.page.reload();

      await desk.drop(textFile('early.txt'));
      await eventually(() => held.length).toBe(1);
      await held[0]?.continue();

      await desk.reads('early.txt', 'Done');
    },
    STORY_MS,
  );

  test(
    'a thumbnail opens large with the keyboard and closes with Escape, back to where it was',
    async () => {
      const desk = await open();
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
      expect(await page.locator('dialog').count()).toBe(0);
      expect(await page.evaluate('document.activeElement.ariaLabel')).toBe('Show photo.jpg larger');
    },
    STORY_MS,
  );

  test(
    'a damaged picture says why in words, beside what still worked, and can be tried again',
    async () => {
      const desk = await open();
      const { page, card, reads } = desk;
      await desk.choose(await damagedPicture('cut.png'));
      await reads('cut.png', 'Failed');

      const trouble = await card('cut.png').locator('.trouble').textContent();
      expect(trouble).toMatch(/^Thumbnails: The file is damaged .+corrupt\s*$/);
      expect(await preview(desk, 'cut.png', 'sha256-digest').count()).toBe(1);
      const announcer = page.locator('#announcer');
      await eventually(() => announcer.textContent()).toMatch(
        /cut\.png: failed\. Thumbnails: The file is damaged/,
      );
      expect(await desk.barriers()).toEqual([]);
      await picture(desk, 'failed');

      const another = page.waitForResponse(
        (answer) => answer.request().method() === 'POST' && answer.url().endsWith('/uploads'),
      );
      await card('cut.png').getByRole('button', { name: 'Try again: cut.png' }).click();
      expect((await another).status()).toBe(201);
      await reads('cut.png', 'Failed');
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'names that look like markup or turn the direction of text do nothing and hide nothing',
    async () => {
      const desk = await open();
      const { page } = desk;
      const markup = '<img src=x onerror="document.title=1">.csv';
      const turned = 'invoice_\u202Efdp.exe';
      const hebrew = 'שלום עולם.txt';
      const cell: ChosenFile = {
        name: markup,
        mimeType: 'text/csv',
        buffer: Buffer.from('town,<b>n</b>\nAachen,<script>document.title=2</script>\nBonn,b\n'),
      };

      await desk.drop(cell, textFile(turned), textFile(hebrew));
      await desk.reads(markup, 'Done');
      await desk.reads('invoice_\ufffdfdp.exe', 'Done');
      await desk.reads(hebrew, 'Done');
      await picture(desk, 'names');

      expect(await page.title()).toBe('Sluice');
      expect(await page.locator('.cards img[src=x], .cards b, .cards script').count()).toBe(0);
      expect(await preview(desk, markup, 'table-profile').textContent()).toContain('<script>');
      expect(await page.locator('h3').allTextContents()).not.toContain(turned);
    },
    STORY_MS,
  );

  test(
    'a script that gets into the page by any way does not run',
    async () => {
      const { page } = await open();

      await page
        .evaluate(`(() => {
        const script = document.createElement('script');
        script.append('document.title = "owned"');
        document.body.append(script);
      })()`)
        .catch(() => undefined);
      const asMarkup = await page
        .evaluate('document.body.innerHTML += "<img src=x onerror=alert(1)>"')
        .then(
          () => 'taken',
          (error: Error) => error.message,
        );

      expect(await page.title()).toBe('Sluice');
      expect(asMarkup).toContain('TrustedHTML');
      // These two refusals are what was to be shown.
      (desks.at(-1)?.complaints as string[]).length = 0;
    },
    STORY_MS,
  );

  test(
    'a reload while the pipeline works goes on following, and its end is shown',
    async () => {
      const desk = await open();
      const { page } = desk;
      const { held, letGo } = await holdTransfers(desk);
      await desk.choose(textFile('followed.txt'));
      await eventually(() => held.length).toBe(1);
      const form = held[0]!.request();

      // The form arrives only after the reload, so there is no other way to its end than following.
      await page.reload();
      await desk.reads('followed.txt', 'Not complete');
      await letGo();
      const body = form.postDataBuffer()!;
      const headers = { 'content-type': (await form.headerValue('content-type'))! };
      expect((await fetch(form.url(), { method: 'POST', headers, body })).ok).toBe(true);

      await desk.reads('followed.txt', 'Done');
      await eventually(() => preview(desk, 'followed.txt', 'text-stats').isVisible()).toBe(true);
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'a reload while the bytes are sent says that they are missing, and takes the file once more',
    async () => {
      const desk = await open();
      const { page, card } = desk;
      const { letGo } = await holdTransfers(desk);
      await desk.choose(textFile('broken off.txt'));
      await desk.reads('broken off.txt', 'Uploading');

      await page.reload();
      await letGo();
      await desk.reads('broken off.txt', 'Not complete');
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        card('broken off.txt')
          .getByRole('button', { name: /^Choose the file again/ })
          .click(),
      ]);
      await chooser.setFiles([textFile('broken off.txt')]);

      await desk.reads('broken off.txt', 'Done');
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'offline, the page says so and waits; online again, it goes on by itself',
    async () => {
      const desk = await open();
      const { page, context } = desk;
      await context.setOffline(true);
      const notice = page.locator('#notice');
      await eventually(() => notice.textContent()).toMatch(/^You are offline/);

      await desk.choose(textFile('later.txt'));
      const meanwhile = await desk.card('later.txt').locator('.state').textContent();
      const barriers = await desk.barriers();
      await context.setOffline(false);

      await desk.reads('later.txt', 'Done');
      expect(meanwhile).toBe('Waiting');
      expect(barriers).toEqual([]);
      expect(await notice.isVisible()).toBe(false);
    },
    STORY_MS,
  );

  test(
    'three files are sent at a time, the others wait, and one can be cancelled',
    async () => {
      const desk = await open();
      const { page, card } = desk;
      const { letGo } = await holdTransfers(desk);
      const names = ['1.txt', '2.txt', '3.txt', '4.txt', '5.txt'];

      await desk.choose(...names.map((name) => textFile(name)));
      for (const name of names.slice(0, 3)) await desk.reads(name, 'Uploading');
      const waiting = await card('4.txt').locator('.state').textContent();
      const barriers = await desk.barriers();
      await page.emulateMedia({ colorScheme: 'dark' });
      const barriersInTheDark = await desk.barriers();
      await picture(desk, 'busy-dark');
      await card('2.txt').getByRole('button', { name: 'Cancel 2.txt' }).press('Enter');
      await desk.reads('2.txt', 'Not uploaded');
      const focused = await page.evaluate('document.activeElement.textContent');
      await desk.reads('4.txt', 'Uploading');
      await letGo();
      for (const name of ['1.txt', '3.txt', '4.txt', '5.txt']) await desk.reads(name, 'Done');

      expect(waiting).toBe('Waiting');
      expect(barriers).toEqual([]);
      expect(barriersInTheDark).toEqual([]);
      expect(focused).toBe('Try again');
      await card('2.txt')
        .getByRole('button', { name: /^Try again/ })
        .click();
      await desk.reads('2.txt', 'Done');
    },
    STORY_MS,
  );

  test(
    'the bar of an upload follows its bytes',
    async () => {
      const desk = await open();
      const { page, context } = desk;
      const network = await context.newCDPSession(page);
      await network.send('Network.enable');
      await network.send('Network.emulateNetworkConditions', {
        offline: false,
        latency: 0,
        downloadThroughput: -1,
        uploadThroughput: 2_000_000,
      });
      await page.evaluate(`(() => {
        globalThis.seen = [];
        const note = () => {
          const value = document.querySelector('.card progress')?.getAttribute('value');
          if (value != null && seen.at(-1) !== value && document.querySelector('.state')?.textContent === 'Uploading') seen.push(value);
          requestAnimationFrame(note);
        };
        note();
      })()`);

      await desk.choose({
        name: 'large.bin',
        mimeType: 'application/octet-stream',
        buffer: Buffer.alloc(3_000_000, 7),
      });
      await desk.reads('large.bin', 'Done');
      const seen = ((await page.evaluate('seen')) as string[]).map(Number);

      expect(seen.filter((share) => share > 0 && share < 1).length).toBeGreaterThan(2);
      expect(seen).toEqual(seen.toSorted((one, other) => one - other));
    },
    STORY_MS,
  );

  test(
    'a folder is taken with its folders, and without what the system put there',
    async () => {
      const desk = await open();
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

  test(
    'everything is reached with the keyboard, in the order of the page, and removing keeps the place',
    async () => {
      const desk = await open();
      const { page, card } = desk;
      await desk.choose(textFile('first.txt'), textFile('second.txt'));
      await desk.reads('first.txt', 'Done');
      await desk.reads('second.txt', 'Done');
      const focused = () =>
        page.evaluate(
          "document.activeElement.getAttribute('aria-label') ?? document.activeElement.textContent",
        ) as Promise<string>;

      await page.locator('body').press('Tab');
      const stops = [await focused()];
      for (let stop = 0; stop < 5; stop += 1) {
        await page.keyboard.press('Tab');
        stops.push(await focused());
      }
      await card('first.txt').getByRole('button', { name: 'Details of first.txt' }).press('Enter');
      const closed = await card('first.txt').locator('.card-body').isVisible();
      await card('first.txt')
        .getByRole('button', { name: 'Remove first.txt from this page' })
        .press('Enter');
      const next = await focused();
      await page.reload();
      await desk.reads('second.txt', 'Done');

      expect(stops).toEqual([
        'Choose files',
        'Choose a folder',
        'Details of first.txt',
        'Remove first.txt from this page',
        'Copy the SHA-256 of first.txt',
        'History',
      ]);
      expect(closed).toBe(false);
      expect(next).toBe('Details of second.txt');
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'deleting asks once more, and then the upload is gone for good, on this page and after a reload',
    async () => {
      const desk = await open();
      const { page, card } = desk;
      await desk.choose(textFile('gone.txt'));
      await desk.reads('gone.txt', 'Done');
      const remove = card('gone.txt').getByRole('button', { name: /^Delete gone\.txt/ });

      await remove.click();
      const armed = await remove.textContent();
      const still = await page.locator('.card').count();
      const answered = page.waitForResponse((answer) => answer.request().method() === 'DELETE');
      await remove.click();
      const { status, url } = await answered.then((answer) => ({
        status: answer.status(),
        url: answer.url(),
      }));
      await eventually(() => page.locator('.card').count()).toBe(0);
      await page.evaluate("localStorage.removeItem('sluice.uploads.v1')");
      await page.reload();
      await eventually(() => page.locator('#empty').isVisible()).toBe(true);

      expect(armed).toBe('Delete it and its results for good');
      expect(still).toBe(1);
      expect(status).toBe(204);
      expect(url).toContain('/api/uploads/upl_');
      expect(await page.locator('.card').count()).toBe(0);
    },
    STORY_MS,
  );

  test(
    'light, dark, and 320 pixels wide: nothing overflows and no barrier is found, empty or done',
    async () => {
      const desk = await open();
      const { page } = desk;
      const found: Record<string, readonly string[]> = {};
      const look = async (state: string) => {
        for (const colorScheme of ['light', 'dark'] as const) {
          await page.emulateMedia({ colorScheme });
          found[`${state} ${colorScheme}`] = await desk.barriers();
          await page.setViewportSize({ width: 320, height: 700 });
          found[`${state} ${colorScheme} 320`] = (await page.evaluate(tooWide)) as string[];
          await picture(desk, `${state}-${colorScheme}-320`);
          await page.setViewportSize({ width: 1100, height: 900 });
          await picture(desk, `${state}-${colorScheme}`);
        }
      };

      await look('empty');
      await desk.choose(
        tableFile('towns.csv'),
        await photoFile('photo.jpg'),
        jsonFile('records.json'),
      );
      for (const name of ['towns.csv', 'photo.jpg', 'records.json']) await desk.reads(name, 'Done');
      await desk.card('photo.jpg').getByText('History').click();
      await eventually(() => desk.card('photo.jpg').locator('.history li').count()).toBeGreaterThan(
        3,
      );
      await look('done');

      expect(Object.entries(found).filter(([, barriers]) => barriers.length > 0)).toEqual([]);
    },
    STORY_MS,
  );
});
