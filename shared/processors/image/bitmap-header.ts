/** Reads the header of a Windows or OS/2 bitmap, and whether the pixels it promises can be there. */
import { NonRetryableError } from '../../domain/errors.ts';
import type { HeaderShape } from './header-shape.ts';

const FILE_HEADER = 14;
/** The first one of OS/2: 16-bit sizes and 3 bytes per colour. */
const CORE_HEADER = 12;
const WINDOWS_HEADER = 40;
/** All that were ever published; 16 and 64 are OS/2's second one. */
const HEADERS: ReadonlySet<number> = new Set([12, 16, 40, 52, 56, 64, 108, 124]);
const DEPTHS: ReadonlySet<number> = new Set([0, 1, 2, 4, 8, 16, 24, 32]);
const MOST_PALETTE_BITS = 8;
const RLE8 = 1;
const RLE4 = 2;

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

interface BitmapHeader {
  readonly width: number;
  readonly height: number;
  readonly depth: number;
  readonly compression: number;
  readonly pixelsAt: number;
}

const readHeader = (bytes: Buffer): BitmapHeader => {
  if (bytes.length < FILE_HEADER + CORE_HEADER) throw corrupt('The header is cut off.');
  const declared = bytes.readUInt32LE(2);
  if (declared > bytes.length) throw corrupt('The file is shorter than its header says.');
  const pixelsAt = bytes.readUInt32LE(10);
  const headerBytes = bytes.readUInt32LE(FILE_HEADER);
  if (!HEADERS.has(headerBytes) || bytes.length < FILE_HEADER + headerBytes) {
    throw corrupt('The header is damaged.');
  }
  if (headerBytes === CORE_HEADER) {
    const [width, height] = [bytes.readUInt16LE(18), bytes.readUInt16LE(20)];
    return { width, height, depth: bytes.readUInt16LE(24), compression: 0, pixelsAt };
  }
  const depth = bytes.readUInt16LE(28);
  const compression = headerBytes < WINDOWS_HEADER ? 0 : bytes.readUInt32LE(30);
  const colours = headerBytes < WINDOWS_HEADER ? 0 : bytes.readUInt32LE(46);
  if (depth > 0 && depth <= MOST_PALETTE_BITS && colours > 2 ** depth) {
    throw corrupt('It has more colours than its pixels can name.');
  }
  // A negative height means that the first row is the top one.
  const height = Math.abs(bytes.readInt32LE(22));
  return { width: bytes.readInt32LE(18), height, depth, compression, pixelsAt };
};

/** Follows the runs of a compressed bitmap: none may leave the picture. */
const checkRuns = (runs: Buffer, { width, height, compression }: BitmapHeader): void => {
  let [x, y, at] = [0, 0, 0];
  while (at + 1 < runs.length && y < height) {
    const [count = 0, code = 0] = [runs[at], runs[at + 1]];
    at += 2;
    if (count > 0) x += count;
    else if (code === 0) [x, y] = [0, y + 1];
    else if (code === 1) return;
    else if (code === 2) {
      x += runs[at] ?? 0;
      y += runs[at + 1] ?? 0;
      at += 2;
    } else {
      x += code;
      const packed = compression === RLE4 ? Math.ceil(code / 2) : code;
      // Pixels given one by one are padded to 16 bits.
      at += packed + (packed % 2);
    }
    if (x > width) throw corrupt('A row is longer than the image is wide.');
  }
};

/** @throws NonRetryableError `corrupt` when sizes make no sense or the pixels do not fit into the file. */
export const bitmapShape = (bytes: Buffer): HeaderShape => {
  const header = readHeader(bytes);
  const { width, height, depth, compression, pixelsAt } = header;
  if (width <= 0 || height <= 0 || !DEPTHS.has(depth)) throw corrupt('Its size makes no sense.');
  if (pixelsAt > bytes.length) throw corrupt('Its pixels are missing.');
  if (compression === RLE8 || compression === RLE4) checkRuns(bytes.subarray(pixelsAt), header);
  const isPlain = compression === 0 || compression === 3;
  // Rows are padded to 32 bits.
  const rowBytes = Math.ceil((width * depth) / 32) * 4;
  if (isPlain && pixelsAt + rowBytes * height > bytes.length) throw corrupt('Pixels are missing.');
  return { format: 'bmp', width, height, frames: 1 };
};
