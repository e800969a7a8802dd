/** Reads a PDF page by page in a process of its own: page trees with loops and bombs are what its memory cap is for. */
import { NonRetryableError } from '../../domain/errors.ts';
import { createIsolate, WorkError } from '../isolation/isolate.ts';

const MiB = 1024 ** 2;
const MEMORY_BYTES = 448 * MiB;

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

/**
 * The reader says only in its warnings that it had to guess. A page tree that does not say how many pages there
 * are is none, whatever was found beside it.
 */
const WORK = `
  const { getDocumentProxy } = await import('unpdf');
  const warned = { index: false, tree: false };
  console.log = console.warn = (line) => {
    if (/Indexing all PDF objects/.test(line)) warned.index = true;
    if (/invalid .Pages tree .Count/.test(line)) warned.tree = true;
  };
  const pdf = await getDocumentProxy(new Uint8Array(request.bytes), {
    verbosity: 1, isEvalSupported: false, useSystemFonts: false, enableXfa: false, maxImageSize: 0,
    disableFontFace: true, stopAtErrors: false,
  });
  try {
    if (warned.tree) throw new Error('The page tree has no count.');
    await tell({ pages: pdf.numPages });
    const { info = {} } = await pdf.getMetadata().catch(() => ({}));
    const scripts = await pdf.hasJSActions().catch(() => false);
    let [pageSize, unreadable] = [null, 0];
    for (let number = 1; number <= pdf.numPages; number += 1) {
      let text = '';
      try {
        const page = await pdf.getPage(number);
        const [left, bottom, right, top] = page.view;
        pageSize ??= {
          width: (right - left) * page.userUnit,
          height: (top - bottom) * page.userUnit,
        };
        const { items } = await page.getTextContent();
        for (const { str, hasEOL } of items) text += (str ?? '') + (hasEOL ? '\\n' : '');
        page.cleanup();
      } catch {
        unreadable += 1;
      }
      await tell({ text: text.normalize('NFC') });
    }
    const said = (value) => (typeof value === 'string' && value !== '' ? value : null);
    return {
      pages: pdf.numPages, pageSize, unreadable, scripts, repaired: warned.index,
      encrypted: info.EncryptFilterName != null,
      title: said(info.Title), author: said(info.Author), producer: said(info.Producer),
      created: said(info.CreationDate),
    };
  } finally {
    await pdf.destroy();
  }
`;

const isolate = createIsolate<{ readonly bytes: Uint8Array }, PdfHead, PdfNews>({
  work: WORK,
  memoryBytes: MEMORY_BYTES,
});

const asPdfFailure = (error: unknown): unknown => {
  if (!(error instanceof WorkError) || /cannot find (?:module|package)/i.test(error.message)) {
    return error;
  }
  const isLocked = error.name === 'PasswordException';
  return new NonRetryableError(isLocked ? 'encrypted' : 'corrupt', { cause: error });
};

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
  try {
    return await isolate.ask({ bytes }, { signal, onTold: onNews });
  } catch (error) {
    throw asPdfFailure(error);
  }
};
