/**
 * The image decoder: libvips in a process of its own, with only the formats allowed that we hand it, and its
 * failures in our words.
 */
import type { Metadata, OutputInfo, Sharp, SharpOptions } from 'sharp';
import { NonRetryableError } from '../../domain/errors.ts';
import { createIsolate, WorkError } from '../isolation/isolate.ts';

const MiB = 1024 ** 2;
/** The largest image that may be decoded at 4 bytes per pixel, the file itself, and what Node needs. */
const MEMORY_BYTES = 512 * MiB;

/** Loaders of libvips that may be used; all others (SVG, PDF, ImageMagick …) stay blocked. */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff'].map(
  (loader) => `VipsForeignLoad${loader}`,
);

type Step = 'autoOrient' | 'resize' | 'toColourspace' | 'raw' | 'webp' | 'timeout';

/** Methods of sharp to be called one after the other, as a list that can be sent. */
export type Calls = readonly {
  [Name in Step]: readonly [Name, ...Parameters<Sharp[Name]>];
}[Step][];

interface Request {
  readonly bytes: Uint8Array;
  readonly options: SharpOptions;
  /** Without calls, the header is read and nothing is decoded. */
  readonly calls: Calls | null;
}

export interface Pixels {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** The library is loaded on the first call: workers that see no image never pay for it. */
const WORK = `
  const sharp = require('sharp');
  // Each file is seen once: a cache of decoded images would only grow.
  sharp.cache(false);
  // One thread decodes: a Lambda has one vCPU or less, and more threads hold more strips in memory.
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: ${JSON.stringify(LOADERS)} });
  const image = sharp(request.bytes, request.options);
  if (request.calls === null) return image.metadata();
  for (const [method, ...parameters] of request.calls) image[method](...parameters);
  return image.toBuffer({ resolveWithObject: true });
`;

const isolate = createIsolate<Request, unknown>({ work: WORK, memoryBytes: MEMORY_BYTES });

/** What a failure of the decoder says about the bytes; our own errors stay what they are. */
const asImageFailure = (error: unknown): unknown => {
  if (!(error instanceof WorkError) || /cannot find module|could not load/i.test(error.message)) {
    return error;
  }
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

const ask = async (request: Request, signal: AbortSignal): Promise<unknown> => {
  try {
    return await isolate.ask(request, { signal });
  } catch (error) {
    throw asImageFailure(error);
  }
};

/** Reads the header alone, forgiving what does not matter for it. */
export const readHeader = async (bytes: Uint8Array, signal: AbortSignal): Promise<Metadata> => {
  const options: SharpOptions = { failOn: 'none', limitInputPixels: false, pages: 1 };
  return (await ask({ bytes, options, calls: null }, signal)) as Metadata;
};

/**
 * Decodes and works on the pixels.
 * @throws NonRetryableError `corrupt`, `unsupported`, `over_budget`; the reason of a stop.
 */
export const decode = async (
  { bytes, options, calls }: Request & { readonly calls: Calls },
  signal: AbortSignal,
): Promise<Pixels> => {
  const { data, info } = (await ask({ bytes, options, calls }, signal)) as {
    readonly data: Uint8Array;
    readonly info: OutputInfo;
  };
  return { data: Buffer.from(data.buffer, data.byteOffset, data.byteLength), info };
};

/** Only the first frame is decoded; damaged pixels are an error, damaged metadata is not. */
export const decodeOptions = (pixels: number): SharpOptions => ({
  failOn: 'error',
  limitInputPixels: pixels,
  sequentialRead: true,
  pages: 1,
});

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

/** The names that people know instead of that of the container. */
const formatOf = ({ format, compression }: Metadata): string => {
  if (format !== 'heif') return format;
  return compression === 'av1' ? 'avif' : 'heic';
};

export const shapeOf = (header: Metadata): ImageShape => {
  const { width, height, orientation, pages } = header;
  const isSideways = (orientation ?? 1) >= FIRST_SIDEWAYS;
  return {
    format: formatOf(header),
    width,
    height,
    orientation: orientation ?? 1,
    displayedWidth: isSideways ? height : width,
    displayedHeight: isSideways ? width : height,
    frames: pages ?? 1,
  };
};
