/**
 * The image decoder: libvips in a process of its own, with only the formats allowed that we hand it, and its
 * failures in our words.
 */
import type { Metadata, Sharp, SharpOptions } from 'sharp';
import { NonRetryableError } from '../../domain/errors.ts';
import { type Asked, createIsolate, WorkError } from '../isolation/isolate.ts';

const MiB = 1024 ** 2;
/** A photo of 12 megapixels in the hungriest of codecs, AV1, takes 310 MiB; with the worker around it, it stays below 512 MB. */
const MEMORY_BYTES = 320 * MiB;

const loaders = (...names: readonly string[]): readonly string[] =>
  names.map((name) => `VipsForeignLoad${name}`);

/** Loaders of libvips that may be used; all others (PDF, ImageMagick …) stay blocked. */
const PICTURES = loaders('Jpeg', 'Png', 'Webp', 'Nsgif', 'Heif', 'Tiff');
/** A drawing is a program: it is only drawn where one was asked for. */
const DRAWINGS = loaders('Svg');

type Step = 'autoOrient' | 'resize' | 'toColourspace' | 'ensureAlpha' | 'raw' | 'webp';

/** Methods of sharp to be called one after the other, as a list that can be sent. */
export type Calls = readonly {
  [Name in Step]: readonly [Name, ...Parameters<Sharp[Name]>];
}[Step][];

export interface Development {
  readonly bytes: Uint8Array;
  readonly kind: 'picture' | 'drawing';
  readonly options: SharpOptions;
  /** Decode it once; they end with `raw`. */
  readonly negative: Calls;
  /** Each makes one picture of what was decoded. */
  readonly prints: readonly Calls[];
  /** How long all of it may take. */
  readonly seconds: number;
}

interface Request extends Partial<Pick<Development, 'negative' | 'prints'>> {
  readonly bytes: Uint8Array;
  readonly options: SharpOptions;
  readonly loaders: readonly string[];
}

export interface Print {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

/** The library is loaded on the first call: workers that see no image never pay for it. */
const WORK = `
  const sharp = require('sharp');
  // Each file is seen once: a cache of decoded images would only grow.
  sharp.cache(false);
  // One thread decodes: a Lambda has one vCPU or less, and more threads hold more strips in memory.
  sharp.concurrency(1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: request.loaders });
  const image = sharp(request.bytes, request.options);
  if (request.negative === undefined) return image.metadata();
  const develop = (from, calls) => {
    for (const [method, ...parameters] of calls) from[method](...parameters);
    return from.toBuffer({ resolveWithObject: true });
  };
  const { data, info: { width, height, channels } } = await develop(image, request.negative);
  const prints = [];
  for (const calls of request.prints) {
    const print = await develop(sharp(data, { raw: { width, height, channels } }), calls);
    prints.push({ data: print.data, width: print.info.width, height: print.info.height });
  }
  return prints;
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
  if (/unsupported image format|blocked|no loader|compression format/i.test(message)) {
    return new NonRetryableError('unsupported', { cause: error });
  }
  return new NonRetryableError('corrupt', { cause: error });
};

const ask = async (
  request: Request,
  asked: Pick<Asked<never>, 'signal' | 'seconds'>,
): Promise<unknown> => {
  try {
    return await isolate.ask(request, asked);
  } catch (error) {
    throw asImageFailure(error);
  }
};

/** Reads the header alone, forgiving what does not matter for it. */
export const readHeader = async (bytes: Uint8Array, signal: AbortSignal): Promise<Metadata> => {
  const options: SharpOptions = { failOn: 'none', limitInputPixels: false, pages: 1 };
  return (await ask({ bytes, options, loaders: PICTURES }, { signal })) as Metadata;
};

/**
 * Decodes an image once and makes all its pictures of that.
 * @throws NonRetryableError `corrupt`, `unsupported`, `over_budget`; the reason of the stop.
 */
export const develop = async (
  { kind, seconds, ...development }: Development,
  signal: AbortSignal,
): Promise<readonly Print[]> => {
  const request = { ...development, loaders: kind === 'drawing' ? DRAWINGS : PICTURES };
  const prints = (await ask(request, { signal, seconds })) as readonly (Omit<Print, 'data'> & {
    readonly data: Uint8Array;
  })[];
  return prints.map(({ data, ...size }) => ({
    ...size,
    data: Buffer.from(data.buffer, data.byteOffset, data.byteLength),
  }));
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
