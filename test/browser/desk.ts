/** One visitor of the page, with a session and a list of its own. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface ChosenFile {
  readonly name: string;
  readonly mimeType: string;
  readonly buffer: Buffer;
}

export interface Desk {
  readonly page: Page;
  readonly context: BrowserContext;
  readonly choose: (...files: ChosenFile[]) => Promise<void>;
  /** As a hand with a mouse: enter, over, drop, with real File objects. */
  readonly drop: (...files: ChosenFile[]) => Promise<void>;
  readonly card: (name: string) => Locator;
  /** Waits until the card says this of itself. */
  readonly reads: (name: string, state: string) => Promise<void>;
  /** Ids of rules that axe-core finds broken, with where. */
  readonly barriers: () => Promise<readonly string[]>;
  /** The page is left, and the browser has forgotten what it kept for it. */
  readonly leave: () => Promise<void>;
  /** As somebody who has never been here. */
  readonly arrive: () => Promise<void>;
}

/** A cold start of several functions at once, on a busy machine of two cores. */
const WAIT_MS = 60_000;

/** Asks again until it is so. */
export const eventually = <T>(read: () => T) =>
  expect.poll(read, { timeout: WAIT_MS, interval: 100 });

const axeSource = readFileSync(
  createRequire(import.meta.url).resolve('axe-core/axe.min.js'),
  'utf8',
);

interface AxeResult {
  readonly violations: readonly {
    readonly id: string;
    readonly nodes: readonly {
      readonly target: readonly string[];
      readonly failureSummary: string;
    }[];
  }[];
}

const dropScript = (files: readonly ChosenFile[]): string => {
  const parts = files.map(({ name, mimeType, buffer }) => ({
    name,
    mimeType,
    base64: buffer.toString('base64'),
  }));
  return `(() => {
    const dataTransfer = new DataTransfer();
    for (const { name, mimeType, base64 } of ${JSON.stringify(parts)}) {
      const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
      dataTransfer.items.add(new File([bytes], name, { type: mimeType }));
    }
    const zone = document.querySelector('main');
    for (const type of ['dragenter', 'dragover', 'drop']) {
      zone.dispatchEvent(new DragEvent(type, { dataTransfer, bubbles: true, cancelable: true }));
    }
  })()`;
};

const barriersOf = async (page: Page): Promise<readonly string[]> => {
  await page.evaluate(axeSource);
  const { violations } = (await page.evaluate('axe.run(document)')) as AxeResult;
  return violations.flatMap(({ id, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${target.join(' ')}: ${failureSummary}`),
  );
};

export interface DeskOptions {
  readonly url: string;
  /** The proxy that all requests of this visitor take. */
  readonly proxy?: string | undefined;
  /** Gets what the browser complains about: errors of scripts, refusals of the content security policy. */
  readonly complain: (complaint: string) => void;
}

const VIEWPORT = { width: 1100, height: 900 };

const openContext = async (
  browser: Browser,
  { proxy, complain }: DeskOptions,
): Promise<{ readonly context: BrowserContext; readonly page: Page }> => {
  const context = await browser.newContext({
    viewport: VIEWPORT,
    reducedMotion: 'reduce',
    ...(proxy === undefined ? {} : { proxy: { server: proxy } }),
  });
  context.setDefaultTimeout(WAIT_MS);
  const page = await context.newPage();
  page.on('pageerror', ({ message }) => complain(message));
  page.on('console', (message) => {
    // Refusals of the API and lost connections are what some tests are about; the page tells of them itself.
    const isNetwork = message.text().startsWith('Failed to load resource');
    if (message.type() === 'error' && !isNetwork) complain(message.text());
  });
  return { context, page };
};

const leave = async (context: BrowserContext, page: Page, url: string): Promise<void> => {
  page.removeAllListeners('request');
  await page.unrouteAll({ behavior: 'ignoreErrors' });
  await page.goto('about:blank');
  const browser = await context.newCDPSession(page);
  const { origin } = new URL(url);
  await browser.send('Storage.clearDataForOrigin', { origin, storageTypes: 'all' });
  await browser.detach();
  await page.emulateMedia({ colorScheme: 'light' });
  await page.setViewportSize(VIEWPORT);
};

export const openDesk = async (browser: Browser, options: DeskOptions): Promise<Desk> => {
  const { context, page } = await openContext(browser, options);
  const card = (name: string) =>
    page.locator('.card', { has: page.getByText(name, { exact: true }) });
  return {
    page,
    context,
    card,
    choose: (...files) => page.setInputFiles('#files', files),
    drop: async (...files) => {
      await page.evaluate(dropScript(files));
    },
    reads: async (name, state) => {
      await eventually(() => card(name).locator('.state').textContent()).toBe(state);
    },
    barriers: () => barriersOf(page),
    leave: () => leave(context, page, options.url),
    arrive: async () => {
      await page.goto(options.url);
    },
  };
};
