/** The upload page as people use it: a real Chromium, the whole pipeline behind it, real bytes. One start for all stories. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';
import { isAbsent } from '../support/installed.ts';
import { findChromium, startChromium } from './chromium.ts';
import { type Desk, openDesk } from './desk.ts';
import { testFolders } from './folders.ts';
import { testManners } from './manners.ts';
import { testResults } from './results.ts';
import { testResuming } from './resuming.ts';
import type { Stage } from './stage.ts';
import { testSteps } from './steps.ts';
import { testTroubles } from './troubles.ts';
import { testUppy } from './uppy.ts';

const executable = findChromium();
const title =
  executable === undefined
    ? 'the upload page: NOT TRIED, there is no Chromium on this machine (Debian: apt-get install chromium)'
    : 'the upload page';

const START_MS = 300_000;

let stack: Stack;
let browser: Browser;
let complaints: string[] = [];
let common: Desk | undefined;
const own: Desk[] = [];

const stage: Stage = {
  get stack() {
    return stack;
  },
  open: async (terms) => {
    const build = () =>
      openDesk(browser, {
        url: stack.pageUrl,
        proxy: terms?.proxy,
        complain: (complaint) => complaints.push(complaint),
      });
    if (terms === undefined) common ??= await build();
    else own.push(await build());
    const desk = terms === undefined ? common : own.at(-1);
    await desk?.arrive();
    return desk as Desk;
  },
  complaints: () => complaints,
};

describe.skipIf(isAbsent(executable, 'Chromium'))(title, () => {
  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ logLevel: 'warn' }),
      startChromium(executable ?? ''),
    ]);
  }, START_MS);

  afterEach(async ({ task }) => {
    const heard = complaints;
    await Promise.all(own.splice(0).map(({ context }) => context.close()));
    if (task.result?.state === 'fail') {
      await common?.context.close();
      common = undefined;
    }
    await common?.leave();
    complaints = [];
    expect(heard).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  }, START_MS);

  testResults(stage);
  testFolders(stage);
  testSteps(stage);
  testTroubles(stage);
  testResuming(stage);
  testManners(stage);
  testUppy(stage);
});
