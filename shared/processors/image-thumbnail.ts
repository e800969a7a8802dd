/** Small upright pictures of an image, encoded anew so that nothing of its metadata is left. */
import type { ResizeOptions } from 'sharp';
import * as z from 'zod';
import { decode, decodeOptions, type Pixels, readHeader, shapeOf } from './image/decoder.ts';
import { checkPngStructure, isPng } from './image/png-structure.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { readIntoMemory } from './reading/read-whole.ts';

const MiB = 1024 ** 2;
/** Longest sides of the thumbnails, smallest first. A side, not a width: a very tall image stays small too. */
const SIDES = [256, 1024] as const;
const LARGEST = 1024;
const WEBP = { quality: 80, effort: 4 } as const;

/** An interlaced PNG is decoded whole at 4 bytes per pixel: 256 MB, half of what a worker has. */
const MOST_PIXELS = 64_000_000;

const side = z.int().positive();

const inside = (side: number): ResizeOptions => ({
  width: side,
  height: side,
  fit: 'inside',
  withoutEnlargement: true,
});

/** Decodes once, upright and no larger than the largest thumbnail. */
const decodeUpright = (bytes: Buffer, { budget, signal }: ProcessorInput): Promise<Pixels> =>
  decode(
    {
      bytes,
      options: decodeOptions(budget.limits.pixels),
      calls: [
        ['timeout', { seconds: budget.limits.wallSeconds }],
        ['autoOrient'],
        ['resize', inside(LARGEST)],
        ['toColourspace', 'srgb'],
        ['raw', { depth: 'uchar' }],
      ],
    },
    signal,
  );

const encode = ({ data, info }: Pixels, longest: number, signal: AbortSignal): Promise<Pixels> => {
  const { width, height, channels } = info;
  const options = { raw: { width, height, channels } };
  return decode(
    {
      bytes: data,
      options,
      calls: [
        ['resize', inside(longest)],
        ['webp', WEBP],
      ],
    },
    signal,
  );
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
  const shape = shapeOf(await readHeader(bytes, input.signal));
  input.budget.spend('pixels', shape.width * shape.height);
  if (isPng(bytes)) checkPngStructure(bytes);

  const written = [];
  for (const { name, width, height, data } of await thumbnailsOf(bytes, input)) {
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
