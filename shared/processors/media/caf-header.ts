/** What a Core Audio file says of plain samples: MediaInfo tells neither their order of bytes nor that they are fractions. */

export const CAF = 'audio/x-caf';
/** Of the file, and of the description that comes first in it. */
export const CAF_HEADER_BYTES = 52;

const FLOAT = 1;
const LITTLE_ENDIAN = 2;

/** The name that ffmpeg has for it; undefined where it holds something else than plain samples. */
export const cafPcm = (header: Buffer): string | undefined => {
  if (header.length < CAF_HEADER_BYTES || header.toString('latin1', 8, 12) !== 'desc')
    return undefined;
  if (header.toString('latin1', 28, 32) !== 'lpcm') return undefined;
  const [flags, bits] = [header.readUInt32BE(32), header.readUInt32BE(48)];
  const kind = (flags & FLOAT) === 0 ? 's' : 'f';
  const order = (flags & LITTLE_ENDIAN) === 0 ? 'be' : 'le';
  return `pcm_${kind}${bits}${bits === 8 ? '' : order}`;
};
