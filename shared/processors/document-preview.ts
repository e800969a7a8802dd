/** The first page of a PDF as a picture. */
import * as z from 'zod';
import { drawFirstPage } from './document/pdf-page.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';

const MiB = 1024 ** 2;
const PREVIEW = 'preview.webp';

const run = async (input: ProcessorInput) => {
  const { pages, width, height, data } = await drawFirstPage(input);
  const { size } = await input.emit(PREVIEW, data, 'image/webp');
  return { pages, file: PREVIEW, width, height, bytes: size };
};

const count = z.int().positive();

/** A password that is needed to read → `encrypted`; no first page that can be drawn → `corrupt`. */
export const documentPreview = defineProcessor({
  name: 'document-preview',
  version: 1,
  lane: 'heavy',
  accepts: ['application/pdf'],
  // At its own turn: a GET that it shared would have to wait until the text is read.
  reads: 'ranges',
  // It waits while the text is read: drawing itself has half a minute.
  isReusable: true,
  budget: { bytesIn: 100 * MiB, bytesOut: 8 * MiB, wallSeconds: 240 },
  ceiling: { bytesIn: 200 * MiB },
  outcome: z.object({
    /** Of the document. */
    pages: count,
    file: z.string(),
    width: count,
    height: count,
    bytes: count,
  }),
  run,
});
