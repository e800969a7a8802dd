/** What the stories of the page share: one stack, one browser, and a desk for each visitor. */
import { join } from 'node:path';
import type { Request, Route } from 'playwright-core';
import type { Stack } from '../../local/stack.ts';
import type { Desk } from './desk.ts';

export interface OwnDesk {
  /** The proxy that its requests take. */
  readonly proxy?: string;
}

export interface Stage {
  readonly stack: Stack;
  /**
   * A visitor who has never been here. A desk of its own is for a story that changes more than its page: a browser
   * takes a second of the processor to open one, so all other stories sit down at the same desk, one after the other.
   */
  readonly open: (own?: OwnDesk) => Promise<Desk>;
  /** Of all desks of the running story; what was to be shown is taken out of it. */
  readonly complaints: () => string[];
}

/** Only a hang takes so long, also on a busy machine of two cores. */
export const STORY_MS = 120_000;

/** Where to leave pictures for the eye; none are taken without. */
const screenshots = process.env.SCREENSHOTS;

export const picture = async ({ page }: Desk, name: string) => {
  if (screenshots === undefined) return;
  await page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true });
};

export const preview = ({ card }: Desk, name: string, step: string) =>
  card(name).locator(`.preview-${step}`);

export const naturalWidth = ({ page }: Desk, selector: string) =>
  page.evaluate(`document.querySelector(${JSON.stringify(selector)})?.naturalWidth`);

/** What reaches beyond the page's right edge, other than within a part that scrolls by itself. */
export const tooWide = `[...document.querySelectorAll('body *')]
  .filter((part) => !part.parentElement.closest('.scroll') && !part.closest('.unseen'))
  .filter((part) => part.getBoundingClientRect().right > document.documentElement.clientWidth)
  .map((part) => part.outerHTML.slice(0, 120))`;

const isTransfer = (request: Request, stack: Stack) =>
  request.method() === 'POST' && request.url().startsWith(stack.endpoints.s3);

/** Bytes on their way to S3 stay on their way until `letGo`. */
export const holdTransfers = async ({ page }: Desk, stack: Stack) => {
  const pattern = `${stack.endpoints.s3}/**`;
  const held: Route[] = [];
  await page.route(pattern, async (route) => {
    if (isTransfer(route.request(), stack)) held.push(route);
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
