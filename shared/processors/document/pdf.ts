/** Reads the text of a PDF page by page. */
import { NonRetryableError } from '../../domain/errors.ts';
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

/** What the work tells on its way: the number of pages first, then each of them. */
export type PdfNews = { readonly pages: number } | { readonly text: string };

export interface PdfReading {
  readonly signal: AbortSignal;
  /** What it throws ends the reading. */
  onNews(news: PdfNews): void;
}

/** A way of compressing that ISO 32000-2 does not have: hardly any reader opens such a file. */
const NOT_STANDARD = '/BrotliDecode';

/** @throws NonRetryableError `unsupported`, `encrypted`, `corrupt`, `over_budget`; what `onNews` throws. */
export const readPdf = async (bytes: Buffer, { signal, onNews }: PdfReading): Promise<PdfHead> => {
  if (bytes.includes(NOT_STANDARD)) throw new NonRetryableError('unsupported');
  return (await askPdf(
    { what: 'text', bytes },
    // The work tells nothing else.
    { signal, onTold: (news) => onNews(news as PdfNews) },
  )) as PdfHead;
};
