/** What goes wrong: reloads, lost connections, damaged files, and an API that is not ready. */
import type { Route } from 'playwright-core';
import { expect, test } from 'vitest';
import { eventually } from './desk.ts';
import { damagedPicture, textFile } from './files.ts';
import { holdTransfers, picture, preview, STORY_MS, type Stage } from './stage.ts';

export const testTroubles = (stage: Stage): void => {
  test(
    'a file that is dropped before the page knows its API is not lost',
    async () => {
      const desk = await stage.open();
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
    'an API that is away for a moment costs no upload and makes no second one',
    async () => {
      const desk = await stage.open({});
      const { page } = desk;
      await page.clock.install();
      const keys: (string | undefined)[] = [];
      await page.route('**/api/uploads', async (route) => {
        keys.push(route.request().headers()['idempotency-key']);
        // The first request arrives and its answer gets lost; the second one meets a service that is busy.
        if (keys.length === 1) await route.fetch();
        if (keys.length === 1) await route.abort('connectionreset');
        else if (keys.length === 2) await route.fulfill({ status: 503, body: '{}' });
        else await route.continue();
      });

      await desk.choose(textFile('patient.txt'));
      // The pauses before further tries grow; the page's clock does not have to be waited for.
      await eventually(async () => {
        await page.clock.fastForward(1_000);
        return keys.length;
      }).toBe(3);
      await desk.reads('patient.txt', 'Done');
      await page.unroute('**/api/uploads');
      await page.reload();
      await desk.reads('patient.txt', 'Done');

      expect(keys.length).toBe(3);
      expect(new Set(keys).size).toBe(1);
      expect(await page.locator('.card').count()).toBe(1);
    },
    STORY_MS,
  );

  test(
    'a damaged picture says why in words, beside what still worked, and can be tried again',
    async () => {
      const desk = await stage.open();
      const { page, card, reads } = desk;
      await desk.choose(await damagedPicture('cut.png'));
      await reads('cut.png', 'Failed');

      const trouble = await card('cut.png').locator('.trouble').textContent();
      expect(trouble).toMatch(/^Thumbnails: The file is damaged .+corrupt\s*$/);
      // It stands above, so the step does not say it again.
      expect(await card('cut.png').locator('.step .step-error').count()).toBe(0);
      expect(await preview(desk, 'cut.png', 'sha256-digest').count()).toBe(1);
      const announcer = page.locator('#announcer');
      await eventually(() => announcer.textContent()).toMatch(
        /cut\.png: failed\. Thumbnails: The file is damaged/,
      );
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await desk.barriers()).toEqual([]);
        await picture(desk, `failed-${colorScheme}`);
      }

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
    'a reload while the pipeline works goes on following, and its end is shown',
    async () => {
      const desk = await stage.open();
      const { page } = desk;
      const { held, letGo } = await holdTransfers(desk, stage.stack);
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
      const desk = await stage.open();
      const { page, card } = desk;
      const { letGo } = await holdTransfers(desk, stage.stack);
      await desk.choose(textFile('broken off.txt'));
      await desk.reads('broken off.txt', 'Uploading');

      await page.reload();
      await letGo();
      await desk.reads('broken off.txt', 'Not complete');
      for (const colorScheme of ['light', 'dark'] as const) {
        await page.emulateMedia({ colorScheme });
        expect(await desk.barriers()).toEqual([]);
        await picture(desk, `not-complete-${colorScheme}`);
      }
      const [chooser] = await Promise.all([
        page.waitForEvent('filechooser'),
        card('broken off.txt')
          .getByRole('button', { name: /^Choose again/ })
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
      const desk = await stage.open();
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
      await eventually(() => notice.isVisible()).toBe(false);
    },
    STORY_MS,
  );
};
