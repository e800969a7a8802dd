import sharp from 'sharp';
import { thumbHashToApproximateAspectRatio, thumbHashToAverageRGBA } from 'thumbhash';
import { describe, expect, it } from 'vitest';
import { SkippedError } from '../../../shared/domain/errors.ts';
import { imageThumbnail } from '../../../shared/processors/image-thumbnail.ts';
import { gradient } from '../../fixtures/processors/image-thumbnail.ts';
import { claimingGif, claimingPng, HEIC } from '../../support/images.ts';
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

const RED = '#ff0000';

const plain = (background: string): Promise<Buffer> =>
  sharp({ create: { width: 30, height: 20, channels: 3, background } })
    .png()
    .toBuffer();

const redPixels = await plain('red');

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
    const { result, files } = await thumbnail(await gradient(2_000, 1_000).jpeg().toBuffer());

    expect(result).toMatchObject({
      format: 'jpeg',
      thumbnails: [
        { name: 'thumbnail-256.webp', width: 256, height: 128 },
        { name: 'thumbnail-1024.webp', width: 1024, height: 512 },
      ],
    });
    const { thumbnails } = result as { readonly thumbnails: readonly { readonly bytes: number }[] };
    expect(thumbnails.map(({ bytes }) => bytes)).toEqual(
      [...files.values()].map(({ bytes }) => bytes.length),
    );
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

  it('D6: refuses a bomb by its header, before anything is decoded', async () => {
    const started = performance.now();

    await expect(thumbnail(claimingPng(60_000, 60_000))).rejects.toMatchObject({
      code: 'over_budget',
    });
    expect(performance.now() - started).toBeLessThan(2_000);
  });

  it.each([
    ['a still', 7_000, 7_000, false],
    ['a moving', 5_000, 5_000, true],
  ])(
    'D6: refuses %s GIF by its pixels where decoding it takes too much memory',
    async (_, width, height, moves) => {
      await expect(thumbnail(claimingGif(width, height, moves))).rejects.toMatchObject({
        code: 'over_budget',
        message: expect.stringContaining('pixels'),
      });
    },
  );

  it('skips a HEIC that its decoder has no codec for, and calls a cut one corrupt', async () => {
    const skipped = await thumbnail(HEIC, { type: 'image/heic' }).catch((error: unknown) => error);

    expect(skipped).toBeInstanceOf(SkippedError);
    expect(skipped).toMatchObject({ code: 'unsupported' });
    const cut = thumbnail(HEIC.subarray(0, 100), { type: 'image/heic' });
    await expect(cut).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('stops at the budget of frames', async () => {
    const colours = await Promise.all(['red', 'blue', 'lime'].map(plain));
    const bytes = await sharp(colours, { join: { animated: true } })
      .gif()
      .toBuffer();

    await expect(thumbnail(bytes, { budget: { frames: 2 } })).rejects.toMatchObject({
      code: 'over_budget',
      message: expect.stringContaining('frames'),
    });
    expect((await thumbnail(bytes, { budget: { frames: 3 } })).result).toMatchObject({ frames: 3 });
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

  it.each(['gif', 'webp'] as const)('shows the first frame of an animated %s', async (format) => {
    const bytes = await sharp([await plain('red'), await plain('blue')], {
      join: { animated: true },
    })
      .toFormat(format)
      .toBuffer();

    const { result, files } = await thumbnail(bytes);

    expect(result).toMatchObject({ width: 30, height: 20, frames: 2 });
    expect((result as { dominant: string }).dominant).toMatch(/^#f[ef]0[01]0[01]$/);
    const shown = await sharp(files.get('thumbnail-256.webp')!.bytes).metadata();
    expect(shown).toMatchObject({ width: 30, height: 20 });
    expect(shown.pages ?? 1).toBe(1);
  });

  it('shows the first page of a TIFF', async () => {
    const bytes = await sharp([await plain('red'), await plain('blue')], {
      join: { animated: true },
    })
      .tiff({ compression: 'lzw' })
      .toBuffer();

    expect((await thumbnail(bytes)).result).toMatchObject({
      width: 30,
      height: 20,
      frames: 2,
      dominant: RED,
    });
  });

  it.each([
    ['16 bits', () => sharp(redPixels).toColourspace('rgb16').png()],
    ['a palette', () => sharp(redPixels).png({ palette: true, colours: 4 })],
    ['the colours of print', () => sharp(redPixels).toColourspace('cmyk').jpeg()],
    ['a colour profile', () => sharp(redPixels).withIccProfile('p3').jpeg()],
  ])('makes sRGB of %s, with nothing of the metadata', async (_, make) => {
    const { result, files } = await thumbnail(await make().toBuffer());

    const { bytes } = files.get('thumbnail-256.webp')!;
    const { space, depth, icc, exif, xmp } = await sharp(bytes).metadata();
    expect({ space, depth, icc, exif, xmp }).toEqual({ space: 'srgb', depth: 'uchar' });
    const [red = 0, green = 255, blue = 255] = await corner(bytes, 5, 5);
    expect(red, JSON.stringify(result)).toBeGreaterThan(190);
    expect(Math.max(green, blue)).toBeLessThan(90);
  });

  it.each(['jpeg', 'png', 'webp', 'avif', 'tiff'] as const)(
    'leaves nothing behind of what its %s says about its maker and its place',
    async (format) => {
      const bytes = await sharp(redPixels)
        .withExif({
          IFD0: { Copyright: 'nobody-may-see-this' },
          IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
        })
        .withXmp('<x:xmpmeta xmlns:x="adobe:ns:meta/"><a>nobody-may-see-this</a></x:xmpmeta>')
        .toFormat(format)
        .toBuffer();
      expect(bytes.includes('nobody-may-see-this')).toBe(true);

      const { files } = await thumbnail(bytes);

      const { exif, xmp, iptc, icc } = await sharp(
        files.get('thumbnail-256.webp')!.bytes,
      ).metadata();
      expect({ exif, xmp, iptc, icc }).toEqual({});
    },
  );

  it('gives a placeholder with the shape and the colours of the picture', async () => {
    const { result } = await thumbnail(await gradient(400, 200).png().toBuffer());

    const { placeholder } = result as { readonly placeholder: string };
    const hash = Buffer.from(placeholder, 'base64');
    expect(hash.length).toBeLessThanOrEqual(30);
    expect(thumbHashToApproximateAspectRatio(hash)).toBeGreaterThan(1.4);
    const { r, g, b, a } = thumbHashToAverageRGBA(hash);
    expect([r, g].every((channel) => channel > 0.4 && channel < 0.6)).toBe(true);
    expect(b).toBeLessThan(0.3);
    expect(a).toBe(1);
  });

  it('names the colour that there is most of, as far as it can be seen', async () => {
    const blueBesideRed = await sharp(redPixels)
      .extend({ right: 60, background: 'blue' })
      .png()
      .toBuffer();
    const redOnNothing = await sharp(redPixels)
      .ensureAlpha()
      .extend({ right: 60, background: { r: 0, g: 0, b: 255, alpha: 0 } })
      .png()
      .toBuffer();
    const nothing = await sharp(redPixels).ensureAlpha(0).png().toBuffer();

    expect((await thumbnail(blueBesideRed)).result).toMatchObject({ dominant: '#0000ff' });
    expect((await thumbnail(redOnNothing)).result).toMatchObject({ dominant: RED });
    expect((await thumbnail(nothing)).result).toMatchObject({ dominant: null });
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
