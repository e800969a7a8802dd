/** Writes small sounds and videos byte by byte. */

/** One second of silence per `rate` samples, 16 bits each. */
export const wave = (samples: number, { rate = 8_000, channels = 1 } = {}): Buffer => {
  const body = Buffer.alloc(samples * channels * 2);
  const header = Buffer.alloc(44);
  header.write('RIFF');
  header.writeUInt32LE(36 + body.length, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(rate, 24);
  header.writeUInt32LE(rate * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(body.length, 40);
  return Buffer.concat([header, body]);
};

/** Silent frames of MPEG-1 layer 3: 128 kbit/s, 44,100 Hz, 1,152 samples each. */
export const mp3 = (frames: number): Buffer => {
  const frame = Buffer.alloc(417);
  frame.set([0xff, 0xfb, 0x90, 0x64]);
  return Buffer.concat(Array.from({ length: frames }, () => frame));
};

/** One element of EBML, its size in eight bytes. */
const element = (id: string, ...content: readonly (Buffer | number | string)[]): Buffer => {
  const body = Buffer.concat(
    content.map((part) =>
      Buffer.isBuffer(part)
        ? part
        : typeof part === 'string'
          ? Buffer.from(part)
          : Buffer.from([part >> 8, part & 0xff]),
    ),
  );
  const size = Buffer.alloc(8);
  size.writeBigUInt64BE(BigInt(body.length));
  size[0] = 1;
  return Buffer.concat([Buffer.from(id, 'hex'), size, body]);
};

/** A WebM of one VP8 stream without a frame in it. */
export const webm = (width: number, height: number, doctype = 'webm'): Buffer => {
  const seconds = Buffer.alloc(8);
  seconds.writeDoubleBE(2_500);
  const video = element('e0', element('b0', width), element('ba', height));
  const track = element(
    'ae',
    element('d7', 1),
    element('83', Buffer.from([1])),
    element('86', 'V_VP8'),
    video,
  );
  return Buffer.concat([
    element('1a45dfa3', element('4282', doctype)),
    element('18538067', element('1549a966', element('4489', seconds)), element('1654ae6b', track)),
  ]);
};

/** An ID3v2.3 tag of text frames, and of a picture when there is one; sound follows behind it. */
export const id3 = (texts: Readonly<Record<string, string>>, picture?: Buffer): Buffer => {
  const frame = (id: string, body: Buffer): Buffer => {
    const head = Buffer.alloc(10);
    head.write(id);
    head.writeUInt32BE(body.length, 4);
    return Buffer.concat([head, body]);
  };
  const frames = Object.entries(texts).map(([id, text]) => frame(id, Buffer.from(`\0${text}`)));
  if (picture !== undefined) {
    frames.push(frame('APIC', Buffer.concat([Buffer.from('\0image/png\0\x03\0'), picture])));
  }
  const body = Buffer.concat(frames);
  const head = Buffer.from('ID3\x03\0\0\0\0\0\0');
  // Seven bits a byte, so that no decoder takes it for sound.
  for (let at = 0; at < 4; at += 1) head[6 + at] = (body.length >> (7 * (3 - at))) & 0x7f;
  return Buffer.concat([head, body]);
};

const box = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat([Buffer.from(`\0\0\0\0${type}`), ...parts]);
  body.writeUInt32BE(body.length, 0);
  return body;
};

/** Numbers of 32 bits each. */
const words = (...numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(4 * numbers.length);
  for (const [at, number] of numbers.entries()) bytes.writeUInt32BE(number >>> 0, 4 * at);
  return bytes;
};

const UPRIGHT = [0x1_0000, 0, 0, 0, 0x1_0000, 0, 0, 0, 0x4000_0000];
/** A quarter turn clockwise, as telephones write it. */
const TURNED = [0, 0x1_0000, 0, -0x1_0000, 0, 0, 0, 0, 0x4000_0000];

/** An MP4 of 25 H.264 frames, none of which can be decoded, that is to be shown turned. */
export const turnedMp4 = (width: number, height: number, framesPerSecond: number): Buffer => {
  const frames = 25;
  const head = [0, 0, 0];
  const shown = words(...TURNED, width * 0x1_0000, height * 0x1_0000);
  const avc = Buffer.alloc(78);
  avc.writeUInt16BE(1, 6);
  avc.writeUInt16BE(width, 24);
  avc.writeUInt16BE(height, 26);
  const type = box('ftyp', Buffer.from('isom\0\0\0\0isom'));
  const table = box(
    'stbl',
    box('stsd', words(0, 1), box('avc1', avc)),
    box('stts', words(0, 1, frames, 1)),
    box('stsc', words(0, 1, 1, frames, 1)),
    box('stsz', words(0, 1, frames)),
    box('stco', words(0, 1, type.length + 8)),
  );
  const handler = Buffer.concat([
    words(0, 0),
    Buffer.from('vide'),
    words(0, 0, 0),
    Buffer.from('\0'),
  ]);
  const media = box(
    'mdia',
    box('mdhd', words(...head, framesPerSecond, frames, 0x55c4_0000)),
    box('hdlr', handler),
    box('minf', table),
  );
  const movie = words(
    ...head,
    framesPerSecond,
    frames,
    0x1_0000,
    0,
    0,
    0,
    ...UPRIGHT,
    0,
    0,
    0,
    0,
    0,
    0,
    2,
  );
  const track = words(7, 0, 0, 1, 0, frames, 0, 0, 0, 0);
  return Buffer.concat([
    type,
    box('mdat', Buffer.alloc(frames)),
    box('moov', box('mvhd', movie), box('trak', box('tkhd', track, shown), media)),
  ]);
};
