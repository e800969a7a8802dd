/** What an image says about itself: format, size, frames, how it lies, and what its camera wrote into it. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { isWholeInBoxes } from './image/boxed-image.ts';
import { readHeader, shapeOf } from './image/decoder.ts';
import { exifNotes } from './image/exif.ts';
import { HEADER_TYPES, headerShape } from './image/headers.ts';
import { isPng, pngFrames } from './image/png-structure.ts';
import { svgSize } from './image/svg-size.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { readIntoMemory } from './reading/read-whole.ts';

const MiB = 1024 ** 2;
const SVG = 'image/svg+xml';

const NO_NOTES = { camera: null, gps: false } as const;

const drawing = async (input: ProcessorInput) => {
  const size = await svgSize(input);
  const [width, height] = [size?.width ?? null, size?.height ?? null];
  const shown = { displayedWidth: width, displayedHeight: height, orientation: 1 };
  return { format: 'svg', width, height, ...shown, frames: 1, colour: null, ...NO_NOTES };
};

const plain = async (input: ProcessorInput) => {
  const { width, height, ...rest } = headerShape(input.source.type, await readIntoMemory(input));
  const shown = { displayedWidth: width, displayedHeight: height, orientation: 1 };
  return { ...rest, width, height, ...shown, colour: null, ...NO_NOTES };
};

const decodable = async (input: ProcessorInput) => {
  const bytes = await readIntoMemory(input);
  const header = await readHeader(bytes, input.signal);
  const { space, depth, hasAlpha, hasProfile, exif, xmp } = header;
  const shape = shapeOf(header);
  // No other step looks at its pixels where the decoder lacks the codec.
  if (shape.format === 'heic' && !isWholeInBoxes(bytes)) {
    throw new NonRetryableError('corrupt', { detail: 'The picture is cut off.' });
  }
  return {
    ...shape,
    frames: isPng(bytes) ? pngFrames(bytes) : shape.frames,
    colour: { space, depth, alpha: hasAlpha, profile: hasProfile },
    // A TIFF is itself what EXIF is made of.
    ...exifNotes(shape.format === 'tiff' ? bytes : exif, xmp),
  };
};

const run = (input: ProcessorInput) => {
  const { type } = input.source;
  if (type === SVG) return drawing(input);
  return HEADER_TYPES.includes(type) ? plain(input) : decodable(input);
};

const side = z.int().positive();
const note = z.string().nullable();

/** Headers alone: nothing is decoded. A header that is cut or says what cannot be → `corrupt`. */
export const imageMetadata = defineProcessor({
  name: 'image-metadata',
  version: 3,
  lane: 'heavy',
  accepts: [
    'image/jpeg',
    'image/png',
    'image/apng',
    'image/webp',
    'image/avif',
    'image/heic',
    'image/heif',
    'image/heic-sequence',
    'image/heif-sequence',
    'image/gif',
    'image/tiff',
    SVG,
    ...HEADER_TYPES,
  ],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: 100 * MiB, wallSeconds: 60 },
  ceiling: { bytesIn: 200 * MiB },
  outcome: z.object({
    format: z.string(),
    /** As stored, in pixels; null for a drawing that names no size. */
    width: side.nullable(),
    height: side.nullable(),
    /** EXIF, 1 to 8. */
    orientation: z.int().min(1).max(8),
    displayedWidth: side.nullable(),
    displayedHeight: side.nullable(),
    /** Pictures of an animation, pages of a TIFF, sizes of an icon, layers of a Photoshop file and their sum. */
    frames: side,
    colour: z
      .object({ space: z.string(), depth: z.string(), alpha: z.boolean(), profile: z.boolean() })
      .nullable(),
    camera: z.object({ make: note, model: note, software: note, takenAt: note }).nullable(),
    /** Whether it says where it was taken; null when that cannot be read. */
    gps: z.boolean().nullable(),
  }),
  run,
});
