/** The upload page as people use it: a real Chromium, the whole pipeline behind it, real bytes. One start for all stories. */
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';
import { findChromium, startChromium } from './chromium.ts';
import { type Desk, openDesk } from './desk.ts';
import { testManners } from './manners.ts';
import { testResults } from './results.ts';
import { testResuming } from './resuming.ts';
import type { Stage } from './stage.ts';
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
const desks: Desk[] = [];

const stage: Stage = {
  get stack() {
    return stack;
  },
  open: async () => {
    const desk = await openDesk(browser, { url: stack.pageUrl, complaints });
    desks.push(desk);
    return desk;
  },
  complaints: () => complaints,
};

describe.skipIf(executable === undefined)(title, () => {
  beforeAll(async () => {
    [stack, browser] = await Promise.all([
      startStack({ logLevel: 'warn' }),
      startChromium(executable ?? ''),
    ]);
  }, START_MS);

  afterEach(async () => {
    const heard = complaints;
    complaints = [];
    await Promise.all(desks.splice(0).map(({ context }) => context.close()));
    expect(heard).toEqual([]);
  });

  afterAll(async () => {
    await browser?.close();
    await stack?.close();
  }, START_MS);

  testResults(stage);
  testTroubles(stage);
  testResuming(stage);
  testManners(stage);
  testUppy(stage);
});
