/** What media-metadata tells of sounds and videos made here. */
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { codecName } from '../../../shared/processors/media/codec.ts';
import { mediaMetadata } from '../../../shared/processors/media-metadata.ts';
import { gradient } from '../../fixtures/processors/image-thumbnail.ts';
import { id3, mp3, turnedMp4, wave, webm } from '../../support/media.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const told = async (type: string, bytes: Buffer, options: InputOptions = {}) => {
  const { input } = processorInput(mediaMetadata, bytes, { type, ...options });
  return (await mediaMetadata.run(input)) as Record<string, unknown>;
};

describe('media-metadata', () => {
  it('tells how long a sound runs, and in what it is written', async () => {
    expect(await told('audio/wav', wave(12_000, { channels: 2 }))).toMatchObject({
      container: 'Wave',
      seconds: 1.5,
      bitsPerSecond: 256_235,
      cutOff: false,
      streams: 1,
      video: [],
      audio: [{ codec: 'pcm_s16le', channels: 2, sampleRate: 8_000 }],
    });
    // Without a header that counts them, frames are counted by the bytes.
    expect(await told('audio/mpeg', mp3(100))).toMatchObject({
      seconds: 2.606,
      audio: [{ codec: 'mp3', channels: 2, sampleRate: 44_100 }],
    });
  });

  it('tells the size of a video', async () => {
    expect(await told('video/webm', webm(640, 360))).toMatchObject({
      container: 'WebM',
      seconds: 2.5,
      audio: [],
      video: [{ codec: 'vp8', width: 640, height: 360, rotation: 0 }],
    });
  });

  it('tells how fast the pictures of a video follow, and how a player turns them', async () => {
    expect(await told('video/mp4', turnedMp4(640, 360, 25))).toMatchObject({
      container: 'MPEG-4',
      seconds: 1,
      video: [{ codec: 'h264', width: 640, height: 360, rotation: 90, framesPerSecond: 25 }],
    });
  });

  it('tells what tags say, and whether there is a cover', async () => {
    const said = { TIT2: 'A song', TPE1: 'Somebody', TALB: 'An album', TCON: 'Jazz', TYER: '2024' };
    const [tag, cover] = [id3(said), await gradient(8, 8).png().toBuffer()];
    const withTag = await told('audio/mpeg', Buffer.concat([tag, mp3(100)]));
    const withCover = await told('audio/mpeg', Buffer.concat([id3(said, cover), mp3(100)]));

    const tags = { title: 'A song', artist: 'Somebody', album: 'An album', genre: 'Jazz' };
    expect(withTag.tags).toEqual({ ...tags, recorded: '2024', cover: false });
    expect(withCover.tags).toEqual({ ...tags, recorded: '2024', cover: true });
    expect((await told('audio/mpeg', mp3(100))).tags).toMatchObject({ title: null, cover: false });
  });

  it('says that a file ends before what it promises, and how much of it is there', async () => {
    expect(await told('audio/wav', wave(12_000).subarray(0, 10_000))).toMatchObject({
      cutOff: true,
      seconds: 0.622,
    });
  });

  it('refuses what has no stream, and a damaged header', async () => {
    await expect(told('audio/wav', Buffer.alloc(4_000))).rejects.toMatchObject({ code: 'corrupt' });
    const damaged = webm(640, 360);
    damaged[12] = 0;
    await expect(told('video/webm', damaged)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(told('video/webm', webm(640, 360, 'other'))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  it('refuses what ends within its header', async () => {
    const streamInfo = Buffer.from('0000002210001000000000000000000ac440f0000204cc', 'hex');
    const flac = Buffer.concat([
      Buffer.from('fLaC'),
      ...[streamInfo, Buffer.alloc(15), Buffer.from('81002000', 'hex'), Buffer.alloc(300)],
    ]);
    const page = Buffer.from(
      'T2dnUwACAAAAAAAAAAAAAAABAAAAAAAAAAEeAXZvcmJpcwAAAAABRKwAAAAAAACAOAEAAAAAALgB',
      'base64',
    );

    await expect(told('audio/flac', flac)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(told('audio/ogg', page)).rejects.toMatchObject({ code: 'corrupt' });
    const lying = wave(100);
    lying.writeUInt32LE(0xffff_ffff, 16);
    await expect(told('audio/wav', lying)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('tells of a sound of Sun what its header says', async () => {
    const sun = (encoding: number, promised: number, samples = 4_000) => {
      const header = Buffer.from('.snd\0\0\0\x18', 'latin1');
      const numbers = Buffer.alloc(16);
      for (const [at, number] of [promised, encoding, 8_000, 2].entries())
        numbers.writeUInt32BE(number, 4 * at);
      return Buffer.concat([header, numbers, Buffer.alloc(samples * 4)]);
    };

    expect(await told('audio/basic', sun(3, 16_000))).toMatchObject({
      seconds: 0.5,
      cutOff: false,
      audio: [{ codec: 'pcm_s16be', channels: 2, sampleRate: 8_000 }],
    });
    expect(await told('audio/basic', sun(3, 32_000))).toMatchObject({ seconds: 0.5, cutOff: true });
    expect(await told('audio/basic', sun(1, 0xffff_ffff))).toMatchObject({
      seconds: 1,
      audio: [{ codec: 'pcm_mulaw' }],
    });
  });

  it.each([
    [0, 16, 'pcm_s16be'],
    [2, 16, 'pcm_s16le'],
    [1, 32, 'pcm_f32be'],
    [3, 32, 'pcm_f32le'],
    [0, 8, 'pcm_s8'],
  ])(
    'tells of plain samples in CAF what its flags say: %i, %i bits',
    async (flags, bits, codec) => {
      const chunk = (type: string, body: Buffer): Buffer => {
        const head = Buffer.alloc(12);
        head.write(type, 'latin1');
        head.writeUInt32BE(body.length, 8);
        return Buffer.concat([head, body]);
      };
      const description = Buffer.alloc(32);
      description.writeDoubleBE(8_000, 0);
      description.write('lpcm', 8);
      for (const [at, number] of [flags, bits / 8, 1, 1, bits].entries())
        description.writeUInt32BE(number, 12 + 4 * at);
      const bytes = Buffer.concat([
        Buffer.from('caff\0\x01\0\0', 'latin1'),
        chunk('desc', description),
        chunk('data', Buffer.alloc(4 + 100 * bits)),
      ]);

      expect(await told('audio/x-caf', bytes)).toMatchObject({
        audio: [{ codec, channels: 1, sampleRate: 8_000 }],
      });
    },
  );

  it('reads little of a long file', async () => {
    const [head, size] = [wave(4_000), 4 * 1024 ** 3];
    head.writeUInt32LE(size - 44, 40);
    let read = 0;
    const open: InputOptions['open'] = ({ start, end } = { start: 0, end: size - 1 }) => {
      read += end - start + 1;
      const bytes = Buffer.alloc(end - start + 1);
      if (start === 0) head.copy(bytes);
      return Readable.from([bytes]);
    };

    const { seconds } = await told('audio/wav', head, { size, open });

    expect(seconds).toBeGreaterThan(260_000);
    expect(read).toBeLessThan(20 * 1024 ** 2);
  });
});

describe('the names of codecs', () => {
  it.each([
    [{ Format: 'AVC' }, 'h264'],
    [{ Format: 'HEVC' }, 'hevc'],
    [{ Format: 'AAC' }, 'aac'],
    [{ Format: 'MPEG Audio', Format_Profile: 'Layer 2' }, 'mp2'],
    [{ Format: 'MPEG Video', Format_Version: '1' }, 'mpeg1video'],
    [{ Format: 'MPEG-4 Visual', CodecID: 'MP43' }, 'msmpeg4v3'],
    [{ Format: 'ADPCM', CodecID: '2' }, 'adpcm_ms'],
    [{ Format: 'PCM', BitDepth: '24', Format_Settings: 'Big / Signed' }, 'pcm_s24be'],
    [{ Format: 'PCM', BitDepth: '8', Format_Settings: 'Unsigned' }, 'pcm_u8'],
    [{ Format: 'PCM', BitDepth: '16', Format_Settings_Endianness: 'Big' }, 'pcm_s16be'],
    [{ Format: 'PCM', BitDepth: '8', Format_Settings_Sign: 'Unsigned' }, 'pcm_u8'],
    [{ Format: 'AMR', Format_Profile: 'Wide band' }, 'amr_wb'],
    [{ Format: 'AMR', Format_Profile: 'Narrow band' }, 'amr_nb'],
    [{ Format: 'VC-1', CodecID: 'WMV3' }, 'wmv3'],
    [{ Format: 'VC-1', CodecID: 'WVC1' }, 'vc1'],
    [{ Format: 'WMA', Format_Profile: 'Voice' }, 'wmavoice'],
    [{ Format: 'WMA', Format_Version: '1' }, 'wmav1'],
    [{ Format: 'H.263' }, 'h263'],
    [{ Format: 'Something New' }, 'something-new'],
  ])('%o is %s', (track, name) => expect(codecName(track)).toBe(name));
});
