/** What a sound or a video says about itself: how long it runs, its streams and codecs, its tags. */
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { CAF, CAF_HEADER_BYTES, cafPcm } from './media/caf-header.ts';
import { codecName } from './media/codec.ts';
import { HEADER_BYTES, isSoundEbml } from './media/ebml-header.ts';
import { readTracks, type Track } from './media/reader.ts';
import { readSunHeader, SUN_AUDIO, SUN_HEADER_BYTES, type SunAudio } from './media/sun-audio.ts';
import { defineProcessor, type ProcessorInput } from './processor.ts';
import { chunksOf } from './reading/read-whole.ts';

const MiB = 1024 ** 2;
/** Streams that are told of, of each kind; no player has more. */
const TOLD_STREAMS = 6;
const TEXT_LENGTH = 100;
/** Opus is always decoded to this rate (RFC 7845); what its header tells is that of the recording it was made from. */
const OPUS_RATE = 48_000;
const MATROSKA: ReadonlySet<string> = new Set([
  'video/matroska',
  'video/x-matroska',
  'audio/x-matroska',
  'video/webm',
  'audio/webm',
]);

const corrupt = (detail: string): NonRetryableError => new NonRetryableError('corrupt', { detail });

const readHead = async (input: ProcessorInput, bytes: number): Promise<Buffer> => {
  const end = Math.min(bytes, input.source.size) - 1;
  const chunks: Uint8Array[] = [];
  const open = () => input.open({ start: 0, end });
  for await (const chunk of chunksOf({ signal: input.signal, open })) chunks.push(chunk);
  return Buffer.concat(chunks);
};

const checkMatroska = async (input: ProcessorInput): Promise<void> => {
  if (!isSoundEbml(await readHead(input, HEADER_BYTES))) throw corrupt('Its header is damaged.');
};

const textOf = (value: unknown): string | null => {
  if (typeof value !== 'string' && typeof value !== 'number') return null;
  const text = String(value)
    .replace(/[\p{Cc}\p{Surrogate}]/gu, ' ')
    .trim();
  return text === '' ? null : text.slice(0, TEXT_LENGTH);
};

/** Variants of one stream come as `48000 / 24000`: the first is what is played. */
const numberOf = (value: unknown): number | null => {
  const number = Number.parseFloat(String(value));
  return Number.isFinite(number) && number >= 0 ? number : null;
};

const wholeOf = (value: unknown): number | null => {
  const number = numberOf(value);
  return number === null ? null : Math.round(number);
};

const videoOf = (track: Track) => ({
  codec: codecName(track).slice(0, TEXT_LENGTH),
  width: wholeOf(track.Width),
  height: wholeOf(track.Height),
  rotation: wholeOf(track.Rotation) ?? 0,
  framesPerSecond: numberOf(track.FrameRate),
});

const audioOf = (track: Track) => ({
  codec: codecName(track).slice(0, TEXT_LENGTH),
  channels: wholeOf(track.Channels),
  sampleRate: codecName(track) === 'opus' ? OPUS_RATE : wholeOf(track.SamplingRate),
  language: textOf(track.Language),
});

/** The file ends before what it promises. */
const isCutOff = (general: Track): boolean => {
  if (general.IsTruncated === 'Yes') return true;
  const notes = JSON.stringify(general.extra ?? {});
  return /"IsTruncated":"Yes"|more than maximal permitted size/.test(notes);
};

/** Elements without which no sound or picture can be played: of AVI, WAVE and ASF, and the blocks in front of a FLAC's frames. */
const NEEDED_WHOLE: Readonly<Record<string, RegExp>> = {
  AVI: /^hdrl$/,
  Wave: /^fmt$/,
  'Windows Media': /^_0x3026B2758E66CF11_$/,
  FLAC: /^_0x[0-6]_$/,
};

const hasCut = (errors: unknown, needed: RegExp): boolean =>
  typeof errors === 'object' &&
  errors !== null &&
  Object.entries(errors).some(
    ([name, inside]) =>
      (needed.test(name) && /more than maximal permitted/.test(JSON.stringify(inside))) ||
      hasCut(inside, needed),
  );

/** The file ends within what has to come before the first sound or picture. */
const endsInHeader = ({ Format: format, Duration: duration, extra }: Track): boolean => {
  if (format === 'Ogg') return duration === undefined;
  const needed = NEEDED_WHOLE[String(format)];
  return needed !== undefined && hasCut(extra, needed);
};

const sumOf = (tracks: readonly Track[], field: string): number =>
  tracks.reduce((sum, track) => sum + (numberOf(track[field]) ?? 0), 0);

/** How long what is there runs: of what is promised, the share of its bytes that came, where both are told. */
const secondsOf = (general: Track, streams: readonly Track[]): number | null => {
  const promised = numberOf(general.Duration);
  if (promised === null || !isCutOff(general)) return promised;
  const there = (numberOf(general.FileSize) ?? 0) - (numberOf(general.HeaderSize) ?? 0);
  const wanted = sumOf(streams, 'StreamSize');
  if (there <= 0 || wanted <= there) return promised;
  return Math.round(((promised * there) / wanted) * 1000) / 1000;
};

const ofKind = (tracks: readonly Track[], kind: string): readonly Track[] =>
  tracks.filter((track) => track['@type'] === kind);

/** What MediaInfo does not tell, or not rightly, of sounds whose headers are soon read. */
const readOwnHeader = async (input: ProcessorInput): Promise<Partial<SunAudio>> => {
  const { type, size } = input.source;
  if (type === SUN_AUDIO) return readSunHeader(await readHead(input, SUN_HEADER_BYTES), size) ?? {};
  const codec = type === CAF ? cafPcm(await readHead(input, CAF_HEADER_BYTES)) : undefined;
  return codec === undefined ? {} : { codec };
};

const bitsOf = ({ source }: ProcessorInput, seconds: number): number | null =>
  seconds === 0 ? null : Math.round((8 * source.size) / seconds);

const run = async (input: ProcessorInput) => {
  if (MATROSKA.has(input.source.type)) await checkMatroska(input);
  const tracks = await readTracks(input);
  const [general] = ofKind(tracks, 'General');
  const [video, audio] = [ofKind(tracks, 'Video'), ofKind(tracks, 'Audio')];
  if (general === undefined || video.length + audio.length === 0) {
    throw corrupt('No stream in it can be read.');
  }
  if (endsInHeader(general)) throw corrupt('It ends before its first sound or picture.');
  const { seconds, isCut, ...own } = await readOwnHeader(input);
  const sounds = audio.slice(0, TOLD_STREAMS).map(audioOf);
  return {
    container: textOf(general.Format) ?? 'unknown',
    seconds: seconds ?? secondsOf(general, [...video, ...audio]),
    bitsPerSecond: seconds === undefined ? wholeOf(general.OverallBitRate) : bitsOf(input, seconds),
    cutOff: isCut ?? isCutOff(general),
    streams: video.length + audio.length,
    video: video.slice(0, TOLD_STREAMS).map(videoOf),
    audio: sounds.map((sound) => ({ ...sound, ...own })),
    tags: {
      title: textOf(general.Title),
      artist: textOf(general.Performer),
      album: textOf(general.Album),
      genre: textOf(general.Genre),
      recorded: textOf(general.Recorded_Date),
      cover: general.Cover === 'Yes' || ofKind(tracks, 'Image').length > 0,
    },
  };
};

const count = z.int().nonnegative();
const amount = z.number().nonnegative().nullable();
const text = z.string().nullable();

/** No stream that can be read, or a damaged header → `corrupt`. Nothing is decoded, and no address in it is followed. */
export const mediaMetadata = defineProcessor({
  name: 'media-metadata',
  version: 4,
  lane: 'heavy',
  accepts: [
    'audio/*',
    'video/*',
    'application/ogg',
    'application/mxf',
    'application/vnd.ms-asf',
    'application/vnd.rn-realmedia',
  ],
  // Notes to be played, not sound.
  refuses: ['audio/midi', 'audio/x-midi'],
  reads: 'ranges',
  isReusable: true,
  budget: { bytesIn: 64 * MiB, wallSeconds: 120 },
  outcome: z.object({
    container: z.string(),
    seconds: amount,
    bitsPerSecond: count.nullable(),
    /** The file ends before what its header promises; `seconds` is then about what is there. */
    cutOff: z.boolean(),
    streams: count,
    video: z.array(
      z.object({
        codec: z.string(),
        width: count.nullable(),
        height: count.nullable(),
        /** Degrees clockwise by which a player turns it. */
        rotation: count,
        framesPerSecond: amount,
      }),
    ),
    audio: z.array(
      z.object({
        codec: z.string(),
        channels: count.nullable(),
        sampleRate: count.nullable(),
        language: text,
      }),
    ),
    tags: z.object({
      title: text,
      artist: text,
      album: text,
      genre: text,
      recorded: text,
      cover: z.boolean(),
    }),
  }),
  run,
});
