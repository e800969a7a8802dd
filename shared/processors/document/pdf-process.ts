/** The process that reads PDFs, for their text and for their first page: page trees with loops and bombs are what its memory cap is for. */
import { NonRetryableError } from '../../domain/errors.ts';
import { type Asked, createIsolate, type Incoming, WorkError } from '../isolation/isolate.ts';

const MiB = 1024 ** 2;
/** A PDF of 60 MiB takes 235; with the worker around it and what it overshoots, it stays below 512 MB. */
const MEMORY_BYTES = 256 * MiB;

const WEBP_QUALITY = 80;

/** The longest side of a picture, and how far a small page may be enlarged for it. */
interface Bounds {
  readonly side: number;
  readonly scale: number;
}

export type PdfRequest = { readonly bytes: Incoming } & (
  | { readonly what: 'text' }
  | ({ readonly what: 'picture' } & Bounds)
);

/** A way of compressing that ISO 32000-2 does not have: hardly any reader opens such a file. */
const NOT_STANDARD = '/BrotliDecode';

/** What one stream unpacks to is held in a buffer that doubles: no timer looks at the memory meanwhile. */
const LARGE_BYTES = 16 * MiB;

/** Characters after which a page that goes on tells how many it has by now. */
const TELLING = 65_536;

/**
 * `text`: a page shows what its fields hold, and what was typed onto it. The reader says only in its warnings that it had to guess. A page tree that does not say how many pages
 * there are is none, whatever was found beside it.
 * `picture`: drawn on white, as on paper. PDFium that threw is not asked again: its memory may be in any state.
 */
const WORK = `
  const Bytes = (globalThis.PlainBytes ??= Uint8Array);
  const guarded = new Proxy(Bytes, {
    construct(_, [first, ...rest], of) {
      if (typeof first === 'number' && first > ${LARGE_BYTES}) makeRoom(first);
      return Reflect.construct(Bytes, [first, ...rest], of);
    },
  });
  const shownBy = ({ subtype, hidden, fieldType, fieldValue, contentsObj }) => {
    if (hidden === true) return '';
    if (subtype === 'FreeText') return contentsObj?.str ?? '';
    const isWritten = subtype === 'Widget' && (fieldType === 'Tx' || fieldType === 'Ch');
    return isWritten ? [fieldValue ?? ''].flat().filter((value) => typeof value === 'string').join('\\n') : '';
  };
  const ways = {
    async text() {
      if (Buffer.from(request.bytes.buffer).includes('${NOT_STANDARD}')) {
        throw Object.assign(new Error('It is compressed outside of the standard.'), { name: 'NotStandard' });
      }
      const { getDocumentProxy } = await import('unpdf');
      globalThis.Uint8Array = guarded;
      const warned = { index: false, tree: false };
      console.log = console.warn = (line) => {
        if (/Indexing all PDF objects/.test(line)) warned.index = true;
        if (/invalid .Pages tree .Count/.test(line)) warned.tree = true;
      };
      const pdf = await getDocumentProxy(request.bytes, {
        verbosity: 1, isEvalSupported: false, useSystemFonts: false, enableXfa: false, maxImageSize: 0,
        disableFontFace: true, stopAtErrors: false,
      });
      try {
        if (warned.tree || !(pdf.numPages >= 0)) throw new Error('The page tree has no count.');
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
            let next = ${TELLING};
            for await (const { items } of page.streamTextContent()) {
              for (const { str, hasEOL } of items) text += (str ?? '') + (hasEOL ? '\\n' : '');
              if (text.length < next) continue;
              next = text.length + ${TELLING};
              await tell({ characters: text.length });
            }
            for (const line of (await page.getAnnotations().catch(() => [])).map(shownBy)) {
              if (line !== '') text += (text === '' || text.endsWith('\\n') ? '' : '\\n') + line;
            }
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
        globalThis.Uint8Array = Bytes;
      }
    },
    async picture() {
      const sharp = require('sharp');
      sharp.cache(false);
      sharp.concurrency(1);
      sharp.block({ operation: ['VipsForeignLoad'] });
      let pdf;
      try {
        globalThis.pdfium ??= await require('@hyzyla/pdfium').PDFiumLibrary.init();
        pdf = await pdfium.loadDocument(request.bytes);
        const pages = pdf.getPageCount();
        if (!(pages > 0)) throw new Error('There is no page.');
        const page = pdf.getPage(0);
        const { originalWidth, originalHeight } = page.getOriginalSize();
        if (!(originalWidth > 0 && originalHeight > 0)) throw new Error('The first page has no size.');
        const scale = Math.min(request.side / Math.max(originalWidth, originalHeight), request.scale);
        const width = Math.max(1, Math.round(originalWidth * scale));
        const height = Math.max(1, Math.round(originalHeight * scale));
        await tell({ width, height });
        const { data } = await page.render({ width, height, scale: 1, render: 'bitmap' });
        const picture = sharp(data, { raw: { width, height, channels: 4 } }).removeAlpha();
        const webp = await picture.webp({ quality: ${WEBP_QUALITY}, effort: 4 }).toBuffer();
        return { pages, width, height, data: webp };
      } catch (error) {
        globalThis.pdfium = undefined;
        throw error;
      } finally {
        if (globalThis.pdfium !== undefined) pdf?.destroy();
      }
    },
  };
  return ways[request.what]();
`;

const isolate = createIsolate<PdfRequest, unknown, unknown>({
  work: WORK,
  memoryBytes: MEMORY_BYTES,
});

const isPasswordMissing = ({ name, message }: WorkError): boolean =>
  name === 'PasswordException' || /password required/i.test(message);

const asPdfFailure = (error: unknown): unknown => {
  if (
    !(error instanceof WorkError) ||
    /cannot find (?:module|package)|could not load/i.test(error.message)
  ) {
    return error;
  }
  if (error.name === 'NotStandard') return new NonRetryableError('unsupported', { cause: error });
  return new NonRetryableError(isPasswordMissing(error) ? 'encrypted' : 'corrupt', {
    cause: error,
  });
};

/** @throws NonRetryableError `encrypted`, `corrupt`, `over_budget`; what `onTold` throws; the reason of the stop. */
export const askPdf = async (request: PdfRequest, asked: Asked<unknown>): Promise<unknown> => {
  try {
    return await isolate.ask(request, asked);
  } catch (error) {
    throw asPdfFailure(error);
  }
};
