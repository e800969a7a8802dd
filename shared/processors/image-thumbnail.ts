/** Small upright pictures of an image, encoded anew so that nothing of its metadata is left. */
import type { OutputInfo } from 'sharp';
import { z } from 'zod';
import { asImageFailure, decodeOptions, loadSharp, shapeOf } from './image/decoder.ts';
import { checkPngStructure, isPng } from './image/png-structure.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { readIntoMemory } from './reading/read-whole.ts';
import { orStopped } from './reading/stop.ts';

const MiB = 1024 ** 2;
/** Longest sides of the thumbnails, smallest first. A side, not a width: a very tall image stays small too. */
const SIDES = [256, 1024] as const;
const LARGEST = 1024;
const WEBP = { quality: 80, effort: 4 } as const;

/** An interlaced PNG is decoded whole at 4 bytes per pixel: 256 MB, half of what a worker has. */
const MOST_PIXELS = 64_000_000;

const side = z.int().positive();

interface Upright {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

/** Decodes once, upright and no larger than the largest thumbnail. */
const decodeUpright = async (
  bytes: Buffer,
  { budget, signal }: ProcessorInput,
): Promise<Upright> => {
  const sharp = await loadSharp();
  const image = sharp(bytes, decodeOptions(budget.limits.pixels))
    .timeout({ seconds: budget.limits.wallSeconds })
    .autoOrient()
    .resize({ width: LARGEST, height: LARGEST, fit: 'inside', withoutEnlargement: true })
    .toColourspace('srgb')
    .raw({ depth: 'uchar' });
  return orStopped(image.toBuffer({ resolveWithObject: true }), signal);
};

const encode = async (
  { data, info }: Upright,
  longest: number,
  signal: AbortSignal,
): Promise<Upright> => {
  const sharp = await loadSharp();
  const { width, height, channels } = info;
  const image = sharp(data, { raw: { width, height, channels } })
    .resize({ width: longest, height: longest, fit: 'inside', withoutEnlargement: true })
    .webp(WEBP);
  return orStopped(image.toBuffer({ resolveWithObject: true }), signal);
};

const thumbnailsOf = async (bytes: Buffer, input: ProcessorInput) => {
  const upright = await decodeUpright(bytes, input);
  const thumbnails = [];
  for (const longest of SIDES) {
    const previous = thumbnails.at(-1);
    const isSameAgain =
      previous?.width === upright.info.width && previous.height === upright.info.height;
    if (isSameAgain) break;
    const { data, info } = await encode(upright, longest, input.signal);
    const name = `thumbnail-${longest}.webp`;
    thumbnails.push({ name, width: info.width, height: info.height, data });
  }
  return thumbnails;
};

const run = async (input: ProcessorInput) => {
  const bytes = await readIntoMemory(input);
  const decode = async () => {
    const sharp = await loadSharp();
    const image = sharp(bytes, {
      ...decodeOptions(input.budget.limits.pixels),
      limitInputPixels: false,
    });
    const shape = shapeOf(await orStopped(image.metadata(), input.signal));
    input.budget.spend('pixels', shape.width * shape.height);
    if (isPng(bytes)) checkPngStructure(bytes);
    return { shape, thumbnails: await thumbnailsOf(bytes, input) };
  };
  const { shape, thumbnails } = await decode().catch((error: unknown) => {
    throw asImageFailure(error);
  });

  const written = [];
  for (const { name, width, height, data } of thumbnails) {
    const { size } = await input.emit(name, data, 'image/webp');
    written.push({ name, width, height, bytes: size });
  }
  return { ...shape, thumbnails: written };
};

/**
 * Damaged images → `corrupt`; more pixels than the budget → `over_budget`, before anything is decoded.
 * Animated images give their first frame. Colours become sRGB; GPS, EXIF, XMP and ICC are left behind.
 */
export const imageThumbnail = defineProcessor({
  name: 'image-thumbnail',
  version: 1,
  lane: 'heavy',
  // No HEIC: its codec is patented and not in the decoder. No SVG: it is a program, not a picture.
  accepts: [
    'image/jpeg',
    'image/png',
    'image/apng',
    'image/webp',
    'image/avif',
    'image/gif',
    'image/tiff',
  ],
  reads: 'whole',
  budget: { bytesIn: 100 * MiB, bytesOut: 8 * MiB, pixels: MOST_PIXELS, wallSeconds: 60 },
  outcome: z.object({
    format: z.string(),
    width: side,
    height: side,
    orientation: z.int().min(1).max(8),
    displayedWidth: side,
    displayedHeight: side,
    frames: side,
    /** Never larger than the original; one only where the original is no larger than the smallest. */
    thumbnails: z
      .array(z.object({ name: z.string(), width: side, height: side, bytes: side }))
      .min(1),
  }),
  run,
});
