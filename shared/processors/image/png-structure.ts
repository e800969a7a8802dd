/** Whether a PNG is all there: decoders accept one whose end is missing as long as its rows are not. */
import { crc32 } from 'node:zlib';
import { NonRetryableError } from '../../domain/errors.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
/** Length, type and checksum around the content of a chunk. */
const CHUNK_FRAME = 12;
const CRC_BYTES = 4;

/** A capital first letter marks a chunk without which the image cannot be shown. */
const isCritical = (type: string): boolean => /^[A-Z]/.test(type);

export const isPng = (bytes: Buffer): boolean =>
  bytes.subarray(0, SIGNATURE.length).equals(SIGNATURE);

/** Frames of an animated PNG: the control chunk before the first pixels says how many. */
export const pngFrames = (bytes: Buffer): number => {
  let at = SIGNATURE.length;
  while (at + CHUNK_FRAME <= bytes.length) {
    const type = bytes.toString('latin1', at + 4, at + 8);
    if (type === 'acTL') return Math.max(1, bytes.readUInt32BE(at + 8));
    if (type === 'IDAT') return 1;
    at += CHUNK_FRAME + bytes.readUInt32BE(at);
  }
  return 1;
};

/** @throws NonRetryableError `corrupt` when a chunk is cut, a critical one is damaged, or the end is missing. */
export const checkPngStructure = (bytes: Buffer): void => {
  let at = SIGNATURE.length;
  while (at + CHUNK_FRAME <= bytes.length) {
    const length = bytes.readUInt32BE(at);
    const end = at + CHUNK_FRAME + length;
    if (end > bytes.length) break;
    const type = bytes.toString('latin1', at + 4, at + 8);
    const isSound =
      crc32(bytes.subarray(at + 4, end - CRC_BYTES)) === bytes.readUInt32BE(end - CRC_BYTES);
    if (isCritical(type) && !isSound) {
      throw new NonRetryableError('corrupt', {
        detail: 'A part of the image has a wrong checksum.',
      });
    }
    if (type === 'IEND') return;
    at = end;
  }
  throw new NonRetryableError('corrupt', { detail: 'The end of the image is missing.' });
};
