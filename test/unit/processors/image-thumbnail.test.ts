import { crc32 } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageThumbnail } from '../../../shared/processors/image-thumbnail.ts';
import { gradient } from '../../fixtures/processors/image-thumbnail.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const thumbnail = async (bytes: Buffer, options?: InputOptions) => {
  const { input, files } = processorInput(imageThumbnail, bytes, options);
  return { result: await imageThumbnail.run(input), files };
};

/** Red grows to the right, green downwards: the colours of the corners tell which way is up. */
const corner = async (bytes: Buffer, left: number, top: number): Promise<readonly number[]> => {
  const { data } = await sharp(bytes)
    .extract({ left, top, width: 1, height: 1 })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  return [...data];
};

/** A PNG that only claims its size. */
const claimingPng = (width: number, height: number): Buffer => {
  const chunk = (type: string, body: Buffer): Buffer => {
    const typed = Buffer.concat([Buffer.from(type), body]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(body.length, 0);
    frame.writeUInt32BE(crc32(typed), 4);
    return Buffer.concat([frame.subarray(0, 4), typed, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', header),
    chunk('IDAT', Buffer.from('789c030000000001', 'hex')),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

describe('image-thumbnail', () => {
  it('never enlarges, and makes one file where the original is small', async () => {
    const { result, files } = await thumbnail(await gradient(100, 50).png().toBuffer());

    expect(result).toMatchObject({
      width: 100,
      height: 50,
      thumbnails: [{ name: 'thumbnail-256.webp', width: 100, height: 50 }],
    });
    expect([...files.keys()]).toEqual(['thumbnail-256.webp']);
  });

  it('fits each side', async () => {
    const { result } = await thumbnail(await gradient(2_000, 1_000).jpeg().toBuffer());

    expect(result).toMatchObject({
      thumbnails: [
        { name: 'thumbnail-256.webp', width: 256, height: 128 },
        { name: 'thumbnail-1024.webp', width: 1024, height: 512 },
      ],
    });
  });

  it('turns a picture upright', async () => {
    const lying = await gradient(200, 100).withMetadata({ orientation: 6 }).png().toBuffer();

    const { result, files } = await thumbnail(lying);

    expect(result).toMatchObject({
      width: 200,
      height: 100,
      orientation: 6,
      displayedWidth: 100,
      displayedHeight: 200,
    });
    const { bytes } = files.get('thumbnail-256.webp')!;
    // Turned clockwise, what was at the bottom left (little red, much green) is at the top left.
    const [red = 255, green = 0] = await corner(bytes, 2, 2);
    expect(red).toBeLessThan(40);
    expect(green).toBeGreaterThan(200);
  });

  it('keeps transparency', async () => {
    const clear = await gradient(20, 20).ensureAlpha(0.5).png().toBuffer();

    const { files } = await thumbnail(clear);

    expect(await sharp(files.get('thumbnail-256.webp')!.bytes).metadata()).toMatchObject({
      hasAlpha: true,
    });
  });

  it.each([1, 16])('shows grey pictures and deep ones (%i bit)', async (bits) => {
    const grey = gradient(40, 30).greyscale();
    const bytes = await (bits === 16 ? grey.toColourspace('grey16') : grey.threshold(128))
      .png()
      .toBuffer();

    expect((await thumbnail(bytes)).result).toMatchObject({ width: 40, height: 30 });
  });

  it('refuses a bomb by its header, before anything is decoded', async () => {
    const started = performance.now();

    await expect(thumbnail(claimingPng(60_000, 60_000))).rejects.toMatchObject({
      code: 'over_budget',
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it('refuses a file that is too large before it reads any of it', async () => {
    let opened = 0;
    const open = () => {
      opened += 1;
      throw new Error('not reached');
    };

    const run = thumbnail(Buffer.alloc(0), { size: 1024 ** 3, open });

    await expect(run).rejects.toMatchObject({ code: 'over_budget' });
    expect(opened).toBe(0);
  });

  it('calls missing ends, wrong checksums and other formats by their names', async () => {
    const png = await gradient(60, 60).png().toBuffer();
    const flipped = Buffer.from(png);
    flipped[60] = (flipped[60] ?? 0) ^ 0xff;

    await expect(thumbnail(png.subarray(0, -12))).rejects.toMatchObject({ code: 'corrupt' });
    const jpeg = await gradient(200, 200).jpeg().toBuffer();
    await expect(thumbnail(jpeg.subarray(0, jpeg.length / 2))).rejects.toMatchObject({
      code: 'corrupt',
    });
    await expect(thumbnail(flipped)).rejects.toMatchObject({ code: 'corrupt' });
    await expect(
      thumbnail(Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')),
    ).rejects.toMatchObject({
      code: 'unsupported',
    });
  });
});
