/** Small upright pictures of an image, encoded anew so that nothing of its metadata is left, and what stands in for them. */
import type { ResizeOptions } from 'sharp';
import * as z from 'zod';
import { NonRetryableError, SkippedError } from '../domain/errors.ts';
import { dominantColour, PLACEHOLDER_SIDE, placeholderOf } from './image/colours.ts';
import {
  type Calls,
  decodeOptions,
  develop,
  type Print,
  readHeader,
  shapeOf,
} from './image/decoder.ts';
import { DRAWING_SECONDS, readDrawing } from './image/drawing.ts';
import { checkPngStructure, isPng } from './image/png-structure.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { readIntoMemory } from './reading/read-whole.ts';

const MiB = 1024 ** 2;
const SVG = 'image/svg+xml';
const HEIC = ['image/heic', 'image/heif', 'image/heic-sequence', 'image/heif-sequence'];

/** Longest sides of the thumbnails, smallest first. A side, not a width: a very tall image stays small too. */
const SIDES = [256, 1024] as const;
const [SMALLEST, LARGEST] = SIDES;
const WEBP = { quality: 80, effort: 4 } as const;

/** An interlaced PNG is decoded whole at 4 bytes per pixel: 256 MB, half of what a worker has. */
const MOST_PIXELS = 64_000_000;

/**
 * A GIF is decoded whole whatever its colours are, with one more frame beside it when it moves: 48 or 24 million pixels of it
 * take the memory that 64 million of other pictures do.
 */
const GIF_WEIGHT = { still: 4 / 3, moving: 8 / 3 } as const;

const inside = (side: number, withoutEnlargement = true): ResizeOptions => ({
  width: side,
  height: side,
  fit: 'inside',
  withoutEnlargement,
});

const thumbnail = (longest: number): Calls => [
  ['resize', inside(longest)],
  ['webp', WEBP],
];

const PLACEHOLDER: Calls = [['resize', inside(PLACEHOLDER_SIDE)], ['ensureAlpha'], ['raw']];

const RAW: Calls = [
  ['toColourspace', 'srgb'],
  ['raw', { depth: 'uchar' }],
];

interface Developed {
  readonly sides: readonly number[];
  readonly prints: readonly Print[];
}

const printsOf = (sides: readonly number[]): readonly Calls[] => [
  PLACEHOLDER,
  ...sides.map(thumbnail),
];

/** Decodes once, upright and no larger than the largest thumbnail. */
const pictures = async (
  bytes: Buffer,
  longest: number,
  { budget: { limits }, signal }: ProcessorInput,
): Promise<Developed> => {
  const sides = longest > SMALLEST ? SIDES : [SMALLEST];
  const development = {
    bytes,
    kind: 'picture',
    options: decodeOptions(limits.pixels),
    negative: [['autoOrient'], ['resize', inside(LARGEST)], ...RAW],
    prints: printsOf(sides),
    seconds: limits.wallSeconds,
  } as const;
  return { sides, prints: await develop(development, signal) };
};

/** Lines have no size of their own: a small drawing fills its thumbnails too. */
const drawings = async (
  bytes: Buffer,
  { budget: { limits }, signal }: ProcessorInput,
): Promise<Developed> => {
  const development = {
    bytes,
    kind: 'drawing',
    options: decodeOptions(limits.pixels),
    negative: [['resize', inside(LARGEST, false)], ...RAW],
    prints: printsOf(SIDES),
    seconds: Math.min(DRAWING_SECONDS, limits.wallSeconds),
  } as const;
  return { sides: SIDES, prints: await develop(development, signal) };
};

const written = async ({ sides, prints }: Developed, input: ProcessorInput) => {
  const [small, ...large] = prints;
  if (small === undefined) throw new NonRetryableError('corrupt');
  const thumbnails = [];
  for (const [at, { data, width, height }] of large.entries()) {
    const name = `thumbnail-${sides[at]}.webp`;
    const { size } = await input.emit(name, data, 'image/webp');
    thumbnails.push({ name, width, height, bytes: size });
  }
  return { thumbnails, placeholder: placeholderOf(small), dominant: dominantColour(small.data) };
};

const ofDrawing = async (input: ProcessorInput) => {
  const { bytes, size } = await readDrawing(input);
  const [width, height] = [size?.width ?? null, size?.height ?? null];
  const shown = { displayedWidth: width, displayedHeight: height, orientation: 1, frames: 1 };
  const developed = await drawings(bytes, input);
  return { format: 'svg', width, height, ...shown, ...(await written(developed, input)) };
};

const ofPicture = async (input: ProcessorInput) => {
  const bytes = await readIntoMemory(input);
  const shape = shapeOf(await readHeader(bytes, input.signal));
  const { format, frames, width, height } = shape;
  input.budget.spend('frames', frames);
  const weight = format === 'gif' ? GIF_WEIGHT[frames > 1 ? 'moving' : 'still'] : 1;
  input.budget.spend('pixels', width * height * weight);
  if (isPng(bytes)) checkPngStructure(bytes);
  const developed = await pictures(bytes, Math.max(width, height), input);
  return { ...shape, ...(await written(developed, input)) };
};

/** Its codec is patented: most builds of the decoder read its header only, and then this step has nothing to do. */
const ofHeic = async (input: ProcessorInput) => {
  try {
    return await ofPicture(input);
  } catch (error) {
    if (!(error instanceof NonRetryableError) || error.code !== 'unsupported') throw error;
    throw new SkippedError('unsupported', {
      detail: 'The image decoder of this deployment was built without the codec of HEIC.',
      cause: error,
    });
  }
};

const run = (input: ProcessorInput) => {
  const { type } = input.source;
  if (type === SVG) return ofDrawing(input);
  return HEIC.includes(type) ? ofHeic(input) : ofPicture(input);
};

const side = z.int().positive();

/**
 * Damaged images → `corrupt`; more pixels or frames than the budget → `over_budget`, before anything is decoded.
 * Animated images give their first frame. Colours become sRGB; GPS, EXIF, XMP and ICC are left behind.
 * HEIC where the decoder lacks its codec → skipped as `unsupported`.
 */
export const imageThumbnail = defineProcessor({
  name: 'image-thumbnail',
  version: 2,
  lane: 'heavy',
  accepts: [
    'image/jpeg',
    'image/png',
    'image/apng',
    'image/webp',
    'image/avif',
    'image/gif',
    'image/tiff',
    SVG,
    ...HEIC,
  ],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: 100 * MiB, bytesOut: 8 * MiB, pixels: MOST_PIXELS, wallSeconds: 60 },
  ceiling: { bytesIn: 200 * MiB },
  outcome: z.object({
    format: z.string(),
    /** As stored, in pixels; null for a drawing that names no size. */
    width: side.nullable(),
    height: side.nullable(),
    orientation: z.int().min(1).max(8),
    displayedWidth: side.nullable(),
    displayedHeight: side.nullable(),
    frames: side,
    /** A picture never larger than the original; one only where the original is no larger than the smallest. */
    thumbnails: z
      .array(z.object({ name: z.string(), width: side, height: side, bytes: side }))
      .min(1),
    /** A ThumbHash, in base64. */
    placeholder: z.string(),
    /** `#rrggbb`; null where everything is transparent. */
    dominant: z.string().nullable(),
  }),
  run,
});
