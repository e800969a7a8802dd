/** Reads the size of images of scanners, cameras, films and telescopes, which no decoder of ours knows, from their headers. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { HeaderShape } from './header-shape.ts';

type ReadHeader = (bytes: Buffer) => HeaderShape;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

const damaged = (): NonRetryableError => corrupt('The header is damaged.');

/** ISO/IEC 15444-1, A.5.1: the SIZ segment follows the start of the codestream; the picture lies at an offset in its grid. */
const CODESTREAM = Buffer.from([0xff, 0x4f, 0xff, 0x51]);

const codestreamShape: ReadHeader = (bytes) => {
  const at = bytes.indexOf(CODESTREAM);
  if (at === -1) throw corrupt('It holds no picture.');
  const grid = at + 8;
  return {
    format: 'jp2',
    width: bytes.readUInt32BE(grid) - bytes.readUInt32BE(grid + 8),
    height: bytes.readUInt32BE(grid + 4) - bytes.readUInt32BE(grid + 12),
    frames: 1,
  };
};

/** How many bits follow each of the four selectors of a length in JPEG XL. */
const LENGTH_BITS = [9, 13, 18, 30] as const;
/** Width by height, as the ratios of JPEG XL are numbered from 1 on. */
const RATIOS: readonly (readonly [number, number])[] = [
  [1, 1],
  [12, 10],
  [4, 3],
  [3, 2],
  [16, 9],
  [5, 4],
  [2, 1],
];
const JXL_START = 0xff0a;
const BOX = 8;

/** Bits from the lowest on, as JPEG XL packs them. */
const bitsOf = (bytes: Buffer) => {
  let at = 0;
  return (count: number): number => {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1, at += 1) {
      value += ((bytes.readUInt8(at >> 3) >> (at & 7)) & 1) * 2 ** bit;
    }
    return value;
  };
};

/** Where the codestream begins: at once, or in the first box that holds one or a part of one. */
const jxlCodestream = (bytes: Buffer): Buffer => {
  if (bytes.readUInt16BE(0) === JXL_START) return bytes;
  for (let at = 0; at + BOX <= bytes.length; ) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'jxlc') return bytes.subarray(at + BOX);
    // The number of the part is in front of it.
    if (type === 'jxlp') return bytes.subarray(at + BOX + 4);
    at += Math.max(BOX, bytes.readUInt32BE(at));
  }
  throw corrupt('It holds no picture.');
};

/** ISO/IEC 18181-1, A.3: after the two bytes of the signature. */
const jxlShape: ReadHeader = (bytes) => {
  const bits = bitsOf(jxlCodestream(bytes).subarray(2));
  const isSmall = bits(1) === 1;
  const length = (): number => {
    if (isSmall) return (bits(5) + 1) * 8;
    return bits(LENGTH_BITS[bits(2)] ?? 0) + 1;
  };
  const height = length();
  const ratio = RATIOS[bits(3) - 1];
  const width = ratio === undefined ? length() : Math.floor((height * ratio[0]) / ratio[1]);
  return { format: 'jxl', width, height, frames: 1 };
};

const PCX_HEADER = 128;

/** The corners of the picture, both within it. */
const pcxShape: ReadHeader = (bytes) => {
  if (bytes.length < PCX_HEADER) throw corrupt('The header is cut off.');
  const side = (at: number): number => bytes.readUInt16LE(at + 4) - bytes.readUInt16LE(at) + 1;
  return { format: 'pcx', width: side(4), height: side(6), frames: 1 };
};

const TARGA_HEADER = 18;

const targaShape: ReadHeader = (bytes) => {
  if (bytes.length < TARGA_HEADER) throw corrupt('The header is cut off.');
  return {
    format: 'tga',
    width: bytes.readUInt16LE(12),
    height: bytes.readUInt16LE(14),
    frames: 1,
  };
};

const EXR_WINDOW = Buffer.from('dataWindow\0box2i\0', 'latin1');

/** Like the corners of PCX, but signed, in an attribute with a name. */
const exrShape: ReadHeader = (bytes) => {
  const found = bytes.indexOf(EXR_WINDOW);
  if (found === -1) throw damaged();
  const at = found + EXR_WINDOW.length + 4;
  const side = (from: number): number => bytes.readInt32LE(from + 8) - bytes.readInt32LE(from) + 1;
  return { format: 'exr', width: side(at), height: side(at + 4), frames: 1 };
};

const CARD = 80;
/** A header is a few blocks of 36 cards. */
const MOST_CARDS = 36 * 64;

/** Cards of 80 characters, `NAXIS1  =  512`, up to `END`; where the first unit holds no picture, a later one does. */
const fitsShape: ReadHeader = (bytes) => {
  const axes = new Map<string, number>();
  for (let card = 0; card < MOST_CARDS && (card + 1) * CARD <= bytes.length; card += 1) {
    const text = bytes.toString('latin1', card * CARD, (card + 1) * CARD);
    const [, name = '', value] = /^Z?(NAXIS[12]) *= *(\d{1,9})\b/.exec(text) ?? [];
    if (value !== undefined) axes.set(name, Number(value));
    if (/^END {77}$/.test(text) && axes.size > 1) break;
  }
  const [width, height] = [axes.get('NAXIS1'), axes.get('NAXIS2')];
  if (width === undefined || height === undefined) throw corrupt('It holds no picture.');
  return { format: 'fits', width, height, frames: 1 };
};

/** By the type that detection answers. */
export const RARE_HEADERS: Readonly<Record<string, ReadHeader>> = {
  'image/jp2': codestreamShape,
  'image/jpx': codestreamShape,
  'image/j2c': codestreamShape,
  'image/jxl': jxlShape,
  'image/x-pcx': pcxShape,
  'image/x-tga': targaShape,
  'image/x-exr': exrShape,
  'image/fits': fitsShape,
};
