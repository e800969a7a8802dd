/** What stands in for a picture while it loads: a few bytes that blur into it, and one colour. */
import { rgbaToThumbHash } from 'thumbhash';
import type { Print } from './decoder.ts';

/** The most that the placeholder's algorithm takes. */
export const PLACEHOLDER_SIDE = 100;

/** Bits per channel of the boxes that colours are sorted into. */
const BOX_BITS = 4;
const SHIFT = 8 - BOX_BITS;
const BOXES = 1 << (3 * BOX_BITS);

const hex = (channel: number): string => Math.round(channel).toString(16).padStart(2, '0');

/** A ThumbHash in base64: some 25 bytes with shape, colours and transparency. */
export const placeholderOf = ({ data, width, height }: Print): string =>
  Buffer.from(rgbaToThumbHash(width, height, data)).toString('base64');

/**
 * The mean of the fullest box of like colours, as `#rrggbb`; what is transparent counts as little as it is seen.
 * Null where nothing is.
 * @param rgba 4 bytes a pixel, not premultiplied
 */
export const dominantColour = (rgba: Uint8Array): string | null => {
  const boxes = Array.from({ length: BOXES }, () => ({ weight: 0, red: 0, green: 0, blue: 0 }));
  let fullest = { weight: 0, red: 0, green: 0, blue: 0 };
  for (let at = 0; at < rgba.length; at += 4) {
    const [red = 0, green = 0, blue = 0, alpha = 0] = rgba.subarray(at, at + 4);
    const place =
      ((red >> SHIFT) << (2 * BOX_BITS)) | ((green >> SHIFT) << BOX_BITS) | (blue >> SHIFT);
    const box = boxes[place] ?? fullest;
    box.weight += alpha;
    box.red += alpha * red;
    box.green += alpha * green;
    box.blue += alpha * blue;
    if (box.weight > fullest.weight) fullest = box;
  }
  const { weight, red, green, blue } = fullest;
  if (weight === 0) return null;
  return `#${hex(red / weight)}${hex(green / weight)}${hex(blue / weight)}`;
};
