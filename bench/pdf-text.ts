/** The text of a PDF of 300 pages: our processor, in its process of its own, against pdfjs-dist in this one. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { documentText } from '../shared/processors/document-text.ts';
import { pdf } from '../test/support/documents.ts';
import { processorInput } from '../test/support/processor-input.ts';
import type { Bench } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';
import { installPeer, peerVersion } from './harness/peers.ts';

const PAGES = 300;
const ROUNDS = 3;

interface PdfJs {
  getDocument(options: object): {
    readonly promise: Promise<{
      readonly numPages: number;
      getPage(number: number): Promise<{
        getTextContent(): Promise<{ readonly items: readonly unknown[] }>;
        cleanup(): void;
      }>;
      destroy(): Promise<void>;
    }>;
  };
}

const readByPdfJs = async ({ getDocument }: PdfJs, bytes: Buffer): Promise<void> => {
  const document = await getDocument({ data: new Uint8Array(bytes), verbosity: 0 }).promise;
  if (document.numPages !== PAGES) throw new Error(`pdfjs-dist found ${document.numPages} pages.`);
  for (let number = 1; number <= PAGES; number += 1) {
    const page = await document.getPage(number);
    const { items } = await page.getTextContent();
    if (items.length === 0) throw new Error('pdfjs-dist found a page without text.');
    page.cleanup();
  }
  await document.destroy();
};

export const bench: Bench = {
  name: 'pdf-text',
  about: `Pages per second of a PDF of ${PAGES} pages: everything the processor does, in its process of its own, against pdfjs-dist in this one.`,
  async run() {
    const folder = await installPeer('pdfjs-dist');
    const path = createRequire(join(folder, 'package.json')).resolve(
      'pdfjs-dist/legacy/build/pdf.mjs',
    );
    const pdfjs = (await import(pathToFileURL(path).href)) as PdfJs;
    const line = 'A page has a few lines of text, as most pages have. ';
    const bytes = pdf(Array.from({ length: PAGES }, (_, page) => `${line.repeat(8)}${page}`));
    const figures = await alternating(
      ROUNDS,
      async () => {
        const { input } = processorInput(documentText, bytes, { type: 'application/pdf' });
        return PAGES / (await secondsOf(() => documentText.run(input)));
      },
      async () => PAGES / (await secondsOf(() => readByPdfJs(pdfjs, bytes))),
    );
    return [
      {
        case: 'text of every page',
        unit: 'pages/s',
        better: 'more',
        ours: figures.ours,
        peer: { name: peerVersion('pdfjs-dist'), value: figures.peer },
        target: { of: 'ratio', value: 0.85 },
      },
    ];
  },
};
