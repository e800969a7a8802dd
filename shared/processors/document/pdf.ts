/** Reads the text of a PDF page by page. */
import type { Incoming } from '../isolation/isolate.ts';
import { askPdf } from './pdf-process.ts';

export interface PdfHead {
  readonly pages: number;
  /** Of the first page, in points of 1/72 inch. */
  readonly pageSize: { readonly width: number; readonly height: number } | null;
  /** Protected in some way; that it could be read means that reading needs no password. */
  readonly encrypted: boolean;
  readonly scripts: boolean;
  readonly title: string | null;
  readonly author: string | null;
  readonly producer: string | null;
  readonly created: string | null;
  /** Pages whose content is damaged. */
  readonly unreadable: number;
  /** Its index was damaged, and built anew from the objects that were found. */
  readonly repaired: boolean;
}

/** What the work tells on its way: the number of pages first, then each of them, and how much a long one has so far. */
export type PdfNews =
  | { readonly pages: number }
  | { readonly characters: number }
  | { readonly text: string };

export interface PdfReading {
  readonly signal: AbortSignal;
  /** For all of it. */
  readonly seconds: number;
  /** What it throws ends the reading. */
  onNews(news: PdfNews): void;
}

/** Most pages take a hundredth of one. A file of a few kilobytes can ask for years of it. */
const PAGE_SECONDS = 20;

/** @throws NonRetryableError `unsupported`, `encrypted`, `corrupt`, `over_budget`; what `onNews` throws. */
export const readPdf = async (
  bytes: Incoming,
  { signal, seconds, onNews }: PdfReading,
): Promise<PdfHead> => {
  return (await askPdf(
    { what: 'text', bytes },
    // The work tells nothing else.
    {
      signal,
      quietSeconds: Math.min(PAGE_SECONDS, seconds),
      onTold: (news) => onNews(news as PdfNews),
    },
  )) as PdfHead;
};
