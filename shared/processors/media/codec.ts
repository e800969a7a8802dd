/** The short names by which people and tools know codecs, from MediaInfo's long ones. */
import type { Track } from './reader.ts';

const NAMES: Readonly<Record<string, string>> = {
  AVC: 'h264',
  'MPEG-4 Visual': 'mpeg4',
  'Sorenson Spark': 'flv1',
  'Sorenson 1': 'svq1',
  'Sorenson 3': 'svq3',
  'AC-3': 'ac3',
  'E-AC-3': 'eac3',
  'MLP FBA': 'truehd',
  JPEG: 'mjpeg',
  'M-JPEG': 'mjpeg',
  'H.261': 'h261',
  'H.263': 'h263',
  DV: 'dvvideo',
  "Monkey's Audio": 'ape',
  'Musepack SV7': 'musepack7',
  'Musepack SV8': 'musepack8',
  'GSM 6.10': 'gsm_ms',
};

/** What Microsoft called its own variants of MPEG-4. */
const MICROSOFT: Readonly<Record<string, string>> = {
  MPG4: 'msmpeg4v1',
  MP42: 'msmpeg4v2',
  MP43: 'msmpeg4v3',
};

/** ADPCM by the format tags of WAVE. */
const ADPCM: Readonly<Record<string, string>> = {
  '2': 'adpcm_ms',
  '11': 'adpcm_ima_wav',
  ima4: 'adpcm_ima_qt',
};

/** What Windows Media calls its codecs for sound beside the usual one. */
const WMA: Readonly<Record<string, string>> = {
  Pro: 'wmapro',
  Lossless: 'wmalossless',
  Voice: 'wmavoice',
};

const word = (value: unknown): string => (typeof value === 'string' ? value : '');

/** `pcm_s16le`: sign, bits and byte order, as far as they are told. */
const pcmName = (track: Track): string => {
  const { CodecID, Format_Settings, Format_Settings_Endianness: endianness, BitDepth } = track;
  if (/^alaw$/i.test(word(CodecID))) return 'pcm_alaw';
  if (/^ulaw$/i.test(word(CodecID))) return 'pcm_mulaw';
  const settings = word(Format_Settings);
  const bits = word(BitDepth);
  if (!/^\d+$/.test(bits)) return 'pcm';
  const isUnsigned = `${settings} ${word(track.Format_Settings_Sign)}`.includes('Unsigned');
  const isFloat = `${settings} ${word(track.Format_Profile)}`.includes('Float');
  const kind = isFloat ? 'f' : isUnsigned ? 'u' : 's';
  const order = /Big/.test(`${settings} ${word(endianness)}`) ? 'be' : 'le';
  return `pcm_${kind}${bits}${bits === '8' ? '' : order}`;
};

const mpegAudioName = ({ Format_Profile }: Track): string =>
  `mp${/Layer (\d)/.exec(word(Format_Profile))?.[1] ?? '3'}`;

/** Lower case; what has no short name keeps its long one. */
export const codecName = (track: Track): string => {
  const format = word(track.Format);
  const profile = word(track.Format_Profile);
  if (format === 'PCM') return pcmName(track);
  if (format === 'MPEG Audio') return mpegAudioName(track);
  if (format === 'MPEG Video') return `mpeg${word(track.Format_Version) || '2'}video`;
  if (format === 'WMA') return WMA[profile] ?? `wmav${word(track.Format_Version) || '2'}`;
  if (format === 'VC-1') return word(track.CodecID) === 'WMV3' ? 'wmv3' : 'vc1';
  if (format === 'AMR') return profile === 'Wide band' ? 'amr_wb' : 'amr_nb';
  if (profile === 'A-Law') return 'pcm_alaw';
  if (profile === 'U-Law') return 'pcm_mulaw';
  if (format === 'ADPCM') return ADPCM[word(track.CodecID)] ?? 'adpcm';
  if (format === 'MPEG-4 Visual') return MICROSOFT[word(track.CodecID)] ?? 'mpeg4';
  return NAMES[format] ?? format.toLowerCase().replace(/[^a-z0-9]+/g, '-');
};
