/** Reads the size of images that the decoder does not know from their headers. */
import { NonRetryableError } from '../../domain/errors.ts';
import { bitmapShape } from './bitmap-header.ts';
import type { HeaderShape } from './header-shape.ts';
import { RARE_HEADERS } from './rare-headers.ts';

type ReadHeader = (bytes: Buffer) => HeaderShape;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

const ICON_HEADER = 6;
const ICON_ENTRY = 16;

/** Several pictures of one thing; the size is that of the first. A side of 256 is written as 0. */
const iconShape: ReadHeader = (bytes) => {
  const frames = bytes.readUInt16LE(4);
  if (frames === 0) throw corrupt('It holds no picture.');
  for (let entry = 0; entry < frames; entry += 1) {
    const at = ICON_HEADER + entry * ICON_ENTRY;
    const end = bytes.readUInt32LE(at + 8) + bytes.readUInt32LE(at + 12);
    if (end > bytes.length) throw corrupt('One of its pictures is cut off.');
  }
  const format = bytes.readUInt16LE(2) === 2 ? 'cur' : 'ico';
  return { format, width: bytes[6] || 256, height: bytes[7] || 256, frames };
};

const PHOTOSHOP_HEADER = 26;
const LARGE_DOCUMENT = 2;

/** Layers count as frames beside the composed picture, as viewers show them. */
const photoshopShape: ReadHeader = (bytes) => {
  const isLarge = bytes.readUInt16BE(4) === LARGE_DOCUMENT;
  const [height, width] = [bytes.readUInt32BE(14), bytes.readUInt32BE(18)];
  const resources = PHOTOSHOP_HEADER + 4 + bytes.readUInt32BE(PHOTOSHOP_HEADER);
  const layers = resources + 4 + bytes.readUInt32BE(resources);
  const lengthBytes = isLarge ? 8 : 4;
  const isEmpty = bytes.readUInt32BE(layers + lengthBytes - 4) === 0;
  // Negative when the first alpha channel is the transparency of the composed picture.
  const count = isEmpty ? 0 : Math.abs(bytes.readInt16BE(layers + 2 * lengthBytes));
  return { format: 'psd', width, height, frames: 1 + count };
};

/** Header texts are short; what is longer is none. */
const HEADER_TEXT = 4_096;

const netpbmShape: ReadHeader = (bytes) => {
  const text = bytes.toString('latin1', 0, HEADER_TEXT).replace(/#[^\n\r]*/g, '');
  const [, width, height] = text.startsWith('P7')
    ? (/^P7(?=.*?\nWIDTH\s+(\d{1,9})\s).*?\nHEIGHT\s+(\d{1,9})\s/s.exec(text) ?? [])
    : (/^P[1-6]\s+(\d{1,9})\s+(\d{1,9})\s/.exec(text) ?? []);
  if (width === undefined) throw corrupt('The header is damaged.');
  return { format: 'pnm', width: Number(width), height: Number(height), frames: 1 };
};

const radianceShape: ReadHeader = (bytes) => {
  const text = bytes.toString('latin1', 0, HEADER_TEXT);
  const [, outer, first, , second] =
    /\n\n[+-]([XY]) (\d{1,9}) [+-]([XY]) (\d{1,9})\n/.exec(text) ?? [];
  if (outer === undefined) throw corrupt('The header is damaged.');
  const [height, width] = outer === 'Y' ? [first, second] : [second, first];
  return { format: 'hdr', width: Number(width), height: Number(height), frames: 1 };
};

const qoiShape: ReadHeader = (bytes) => ({
  format: 'qoi',
  width: bytes.readUInt32BE(4),
  height: bytes.readUInt32BE(8),
  frames: 1,
});

const READERS: Readonly<Record<string, ReadHeader>> = {
  'image/bmp': bitmapShape,
  'image/x-icon': iconShape,
  'image/vnd.adobe.photoshop': photoshopShape,
  'image/x-portable-bitmap': netpbmShape,
  'image/x-portable-graymap': netpbmShape,
  'image/x-portable-pixmap': netpbmShape,
  'image/x-portable-arbitrarymap': netpbmShape,
  'image/vnd.radiance': radianceShape,
  'image/x-qoi': qoiShape,
  ...RARE_HEADERS,
};

export const HEADER_TYPES = Object.keys(READERS);

/** @throws NonRetryableError `corrupt` when the header is cut or says what cannot be. */
export const headerShape = (type: string, bytes: Buffer): HeaderShape => {
  const read = READERS[type];
  if (read === undefined) throw new NonRetryableError('unsupported');
  try {
    const shape = read(bytes);
    if (shape.width > 0 && shape.height > 0) return shape;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new NonRetryableError('corrupt', { detail: 'The header is cut off.', cause: error });
  }
  throw corrupt('It has no width or no height.');
};
