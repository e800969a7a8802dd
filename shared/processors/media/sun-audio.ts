/** What the header of a Sun or NeXT sound file says: MediaInfo takes its bytes for samples, and names no order of them. */

export const SUN_AUDIO = 'audio/basic';
export const SUN_HEADER_BYTES = 24;

/** By the number of the encoding: the name that ffmpeg has for it, and the bytes of a sample. */
const ENCODINGS: Readonly<Record<number, readonly [codec: string, bytes: number]>> = {
  1: ['pcm_mulaw', 1],
  2: ['pcm_s8', 1],
  3: ['pcm_s16be', 2],
  4: ['pcm_s24be', 3],
  5: ['pcm_s32be', 4],
  6: ['pcm_f32be', 4],
  7: ['pcm_f64be', 8],
  27: ['pcm_alaw', 1],
};

export interface SunAudio {
  readonly codec: string;
  readonly seconds: number;
  /** The header promises more than there is. */
  readonly isCut: boolean;
}

/** Undefined for an encoding whose samples have no fixed length, and for a header that says nothing. */
export const readSunHeader = (header: Buffer, size: number): SunAudio | undefined => {
  if (header.length < SUN_HEADER_BYTES) return undefined;
  const [start, promised, encoding, rate, channels] = [4, 8, 12, 16, 20].map((at) =>
    header.readUInt32BE(at),
  ) as [number, number, number, number, number];
  const [codec, bytes] = ENCODINGS[encoding] ?? [];
  if (codec === undefined || bytes === undefined || rate === 0 || channels === 0) return undefined;
  const there = Math.max(0, size - start);
  // All ones: whoever wrote it did not know how long it would be.
  const length = promised === 0xffff_ffff ? there : Math.min(promised, there);
  const seconds = Math.round((length / (rate * channels * bytes)) * 1000) / 1000;
  return { codec, seconds, isCut: promised !== 0xffff_ffff && promised > there };
};
