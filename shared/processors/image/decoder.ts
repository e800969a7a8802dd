/** The image decoder, with only the formats allowed that we hand it, and its failures in our words. */
import type { Metadata, default as Sharp, SharpOptions } from 'sharp';
import { NonRetryableError, PipelineError } from '../../domain/errors.ts';

/** Loaders of libvips that may be used; all others (SVG, PDF, ImageMagick …) stay blocked. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'];

const load = async (): Promise<typeof Sharp> => {
  const { default: sharp } = await import('sharp');
  // A worker sees each file once: a cache of decoded images would only grow.
  sharp.cache(false);
  // One thread decodes: a Lambda has one vCPU or less, and more threads hold more strips in memory.
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS.map((loader) => `VipsForeignLoad${loader}`) });
  return sharp;
};

let loaded: Promise<typeof Sharp> | undefined;

/** Loads the native library on first use: workers that see no image never pay for it. */
export const loadSharp = (): Promise<typeof Sharp> => {
  loaded ??= load();
  return loaded;
};

/** Only the first frame is decoded; damaged pixels are an error, damaged metadata is not. */
export const decodeOptions = (pixels: number): SharpOptions => ({
  failOn: 'error',
  limitInputPixels: pixels,
  sequentialRead: true,
  pages: 1,
});

/** What a failure of the decoder says about the bytes; our own errors stay what they are. */
export const asImageFailure = (error: unknown): unknown => {
  if (error instanceof PipelineError || !(error instanceof Error)) return error;
  const { message } = error;
  if (/exceeds pixel limit/i.test(message)) {
    return new NonRetryableError('over_budget', {
      detail: 'It has too many pixels.',
      cause: error,
    });
  }
  if (/timeout/i.test(message)) {
    return new NonRetryableError('over_budget', {
      detail: 'It took too long to decode.',
      cause: error,
    });
  }
  if (/unsupported image format|blocked|no loader|compression format/i.test(message)) {
    return new NonRetryableError('unsupported', { cause: error });
  }
  return new NonRetryableError('corrupt', { cause: error });
};

export interface ImageShape {
  readonly format: string;
  /** As stored. */
  readonly width: number;
  readonly height: number;
  /** EXIF, 1 to 8; 1 when it says nothing. */
  readonly orientation: number;
  /** As shown to people, upright. */
  readonly displayedWidth: number;
  readonly displayedHeight: number;
  readonly frames: number;
}

/** Orientations from 5 on lie on their side. */
const FIRST_SIDEWAYS = 5;

export const shapeOf = ({
  format,
  compression,
  width,
  height,
  orientation,
  pages,
}: Metadata): ImageShape => {
  const isSideways = (orientation ?? 1) >= FIRST_SIDEWAYS;
  return {
    format: format === 'heif' && compression === 'av1' ? 'avif' : format,
    width,
    height,
    orientation: orientation ?? 1,
    displayedWidth: isSideways ? height : width,
    displayedHeight: isSideways ? width : height,
    frames: pages ?? 1,
  };
};
