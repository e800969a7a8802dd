/** How it behaves: hostile names, queueing, progress, keyboard, deleting, barriers. */
import { expect, test } from 'vitest';
import { type ChosenFile, eventually } from './desk.ts';
import { jsonFile, ordersFile, photoFile, textFile } from './files.ts';
import { holdTransfers, picture, preview, STORY_MS, type Stage, tooWide } from './stage.ts';

const LONG_NAME =
  'a name that is so long that it does not fit into the width of its line, not even on a wide screen.json';

export const testManners = (stage: Stage): void => {
  test(
    'names that look like markup or turn the direction of text do nothing and hide nothing',
    async () => {
      const desk = await stage.open();
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
      const { page } = await stage.open();

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
      stage.complaints().length = 0;
    },
    STORY_MS,
  );

  test(
    'three files are sent at a time, the others wait, and one can be cancelled',
    async () => {
      const desk = await stage.open();
      const { page, card } = desk;
      const { letGo } = await holdTransfers(desk, stage.stack);
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
      const desk = await stage.open({});
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
    'everything is reached with the keyboard, in the order of the page, and removing keeps the place',
    async () => {
      const desk = await stage.open();
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
      for (let stop = 0; stop < 6; stop += 1) {
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
        'Beginning of first.txt',
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
      const desk = await stage.open();
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
      const desk = await stage.open();
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
        ordersFile('orders.csv'),
        await photoFile('photo.jpg'),
        jsonFile(LONG_NAME),
      );
      for (const name of ['orders.csv', 'photo.jpg', LONG_NAME]) await desk.reads(name, 'Done');
      await desk.card('photo.jpg').getByText('History').click();
      await eventually(() => desk.card('photo.jpg').locator('.history li').count()).toBeGreaterThan(
        3,
      );
      await look('done');

      expect(Object.entries(found).filter(([, barriers]) => barriers.length > 0)).toEqual([]);
    },
    STORY_MS,
  );
};
