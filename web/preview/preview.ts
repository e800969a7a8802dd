/** What a preview is given and what it may be built from. */

import type { Api } from '../../client/api.ts';
import type { StepStatus } from '../../shared/domain/status.ts';
import { element, svg } from '../element.ts';
import type { Announcer } from '../view/announcer.ts';
import type { Outcome } from './outcome.ts';

export interface PreviewContext {
  readonly step: StepStatus;
  /** Whether all files that were made can be asked for by now. */
  readonly isScanned: boolean;
  /** The user's name of the file. */
  readonly fileName: string;
  readonly api: Pick<Api, 'link' | 'open'>;
  readonly announcer: Announcer;
}

/** `undefined`: the outcome is not of the shape this preview knows. */
export type Preview = (outcome: Outcome, context: PreviewContext) => HTMLElement | undefined;

/** Where a derived file of the step can be asked for. */
export const hrefOf = ({ files }: StepStatus, name: string): string | undefined =>
  files.find((file) => file.name === name)?.href;

/** A share from 0 to 1 as a bar; the number itself always stands beside it. */
export const bar = (share: number): SVGElement =>
  svg(
    'svg',
    { class: 'bar', viewBox: '0 0 100 6', preserveAspectRatio: 'none', 'aria-hidden': 'true' },
    svg('rect', { class: 'bar-room', width: 100, height: 6 }),
    svg('rect', { class: 'bar-share', width: Math.max(0, Math.min(1, share)) * 100, height: 6 }),
  );

/** A large number with its word. */
export const figure = (value: string, word: string): HTMLElement =>
  element('div', { class: 'figure' }, element('dt', {}, word), element('dd', {}, value));

/** A wide table scrolls by itself, with the keyboard too. */
export const scrolling = (label: string, content: HTMLElement): HTMLElement =>
  element('div', { class: 'scroll', role: 'region', 'aria-label': label, tabindex: 0 }, content);

export const remarks = (sentences: readonly (string | undefined)[]): HTMLElement | undefined => {
  const told = sentences.filter((sentence) => sentence !== undefined);
  if (told.length === 0) return undefined;
  return element('ul', { class: 'remarks' }, ...told.map((one) => element('li', {}, one)));
};
