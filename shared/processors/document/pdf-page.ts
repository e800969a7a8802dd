/** Draws the first page of a PDF with PDFium, compiled to WebAssembly. */
import type { ProcessorInput } from '../processor.ts';
import { incoming } from '../reading/read-whole.ts';
import { askPdf } from './pdf-process.ts';

/** Most pages take a tenth of one. */
const DRAWING_SECONDS = 30;

/** A stamp is not blown up beyond four times its size at 72 dots per inch. */
const BOUNDS = { side: 1024, scale: 4 } as const;

export interface DrawnPage {
  /** Of the document. */
  readonly pages: number;
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** What the work tells before it draws. */
type Canvas = Pick<DrawnPage, 'width' | 'height'>;

/** @throws NonRetryableError `encrypted`, `corrupt`, `over_budget`; the reason of the stop. */
export const drawFirstPage = async (input: ProcessorInput): Promise<DrawnPage> => {
  const { signal, budget } = input;
  const onTold = (told: unknown): void => {
    const { width, height } = told as Canvas;
    budget.spend('pages', 1);
    budget.spend('pixels', width * height);
  };
  const seconds = Math.min(DRAWING_SECONDS, budget.limits.wallSeconds);
  return (await askPdf(
    { what: 'picture', bytes: incoming(input), ...BOUNDS },
    { signal, seconds, onTold },
  )) as DrawnPage;
};
