/** Pictures made to swell, to carry something else, or to tell where they were taken: rows D2, D6, D16, D17 and D21. */
import { crc32, deflateSync } from 'node:zlib';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { imageThumbnail } from '../../../shared/processors/image-thumbnail.ts';
import { gradient } from '../../fixtures/processors/image-thumbnail.ts';
import { zipOf } from '../../support/archives.ts';
import { suffer } from '../../support/hostile.ts';
import { bitmap, icon } from '../../support/images.ts';
import { processorInput } from '../../support/processor-input.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const chunk = (type: string, body: Buffer): Buffer => {
  const typed = Buffer.concat([Buffer.from(type), body]);
  const [length, check] = [Buffer.alloc(4), Buffer.alloc(4)];
  length.writeUInt32BE(body.length);
  check.writeUInt32BE(crc32(typed));
  return Buffer.concat([length, typed, check]);
};

const MOST_ROWS = 40 * 1024 ** 2;
const SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** A PNG of one grey value; `more` goes between its header and its pixels. */
const png = (width: number, height: number, more: readonly Buffer[] = []): Buffer => {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8);
  const rowBytes = 1 + Math.ceil(width / 8);
  // Enough for what is decoded at all.
  const rows = deflateSync(Buffer.alloc(Math.min(height * rowBytes, MOST_ROWS)));
  return Buffer.concat([
    SIGNATURE,
    chunk('IHDR', header),
    ...more,
    chunk('IDAT', rows),
    chunk('IEND', Buffer.alloc(0)),
  ]);
};

/** A GIF whose frames are as large as its screen, and empty. */
const gifOf = (width: number, height: number, frames: number): Buffer => {
  const screen = Buffer.from('47494638396100000000800000000000ffffff', 'hex');
  const frame = Buffer.from('2c00000000000000000002024c0100', 'hex');
  for (const [block, at] of [
    [screen, 6],
    [frame, 5],
  ] as const) {
    block.writeUInt16LE(width, at);
    block.writeUInt16LE(height, at + 2);
  }
  return Buffer.concat([screen, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
};

const thumbnails = async (bytes: Buffer): Promise<readonly Buffer[]> => {
  const { input, files } = processorInput(imageThumbnail, bytes);
  await imageThumbnail.run(input);
  return [...files.values()].map((file) => file.bytes);
};

describe('a picture that is too large', () => {
  it.each([
    ['17,000 pixels each way in a few kilobytes', 'bomb.png', png(17_000, 17_000)],
    ['65,535 pixels each way', 'bomb.png', png(65_535, 65_535)],
    ['more pixels than there are numbers', 'bomb.png', png(2 ** 31 - 1, 2 ** 31 - 1)],
    ['a screen of 65,535 pixels each way', 'bomb.gif', gifOf(65_535, 65_535, 1)],
  ])('D6: with %s is over budget by its header', async (_, name, bytes) => {
    const { codes } = await suffer(bytes, name);

    expect(codes['image-thumbnail']).toMatch(/over_budget|corrupt/);
  });

  it('D6: in its frames, in a compressed text, or in a bitmap that lies, ends with an answer or a name', async () => {
    const text = Buffer.concat([
      Buffer.from('Comment\0\0'),
      deflateSync(Buffer.alloc(64 * 1024 ** 2)),
    ]);
    const profile = Buffer.concat([
      Buffer.from('icc\0\0'),
      deflateSync(Buffer.alloc(64 * 1024 ** 2)),
    ]);

    for (const [name, bytes] of [
      ['frames.gif', gifOf(100, 100, 20_000)],
      ['text.png', png(9, 9, [chunk('zTXt', text)])],
      ['profile.png', png(9, 9, [chunk('iCCP', profile)])],
      ['lies.bmp', bitmap({ width: 2 ** 30, height: 2 ** 30, pixels: Buffer.alloc(64) })],
      ['many.ico', icon(...Array.from({ length: 500 }, () => 256))],
    ] as const) {
      await suffer(bytes, name);
    }
  });
});

describe('a picture that is cut off', () => {
  it('D2: fails by a name, in whatever format', async () => {
    for (const format of ['png', 'jpeg', 'webp', 'tiff', 'avif'] as const) {
      const whole = await gradient(400, 300).toFormat(format).toBuffer();

      const { codes } = await suffer(whole.subarray(0, whole.length >> 1), `cut.${format}`);

      // Of a TIFF, the directory stands at the end: without it, nothing is left to tell what is damaged.
      expect(codes['image-thumbnail'], format).toMatch(
        format === 'tiff' ? /^(?:corrupt|unsupported)$/ : /^corrupt$/,
      );
    }
  });
});

const PAYLOAD = "<?php system($_GET['c']); ?><script>alert(1)</script>";

describe('a picture that is something else too', () => {
  it('D16: leaves nothing of it in its thumbnails', async () => {
    const jpeg = await gradient(400, 300)
      .withExif({ IFD0: { Copyright: PAYLOAD, ImageDescription: PAYLOAD } })
      .jpeg()
      .toBuffer();
    const withZip = Buffer.concat([jpeg, zipOf([{ name: 'shell.php', body: PAYLOAD }])]);
    const withText = png(40, 30, [chunk('tEXt', Buffer.from(`Comment\0${PAYLOAD}`))]);
    const withProfile = png(40, 30, [chunk('tEXt', Buffer.from('profile\0/etc/passwd'))]);

    for (const [name, bytes] of [
      ['exif.jpg', jpeg],
      ['zip.jpg', withZip],
      ['text.png', withText],
      ['profile.png', withProfile],
    ] as const) {
      const { type, codes } = await suffer(bytes, name);
      expect(type, name).toMatch(/^image\/(?:jpeg|png)$/);
      expect(codes, name).toEqual({});
      for (const thumbnail of await thumbnails(bytes)) {
        expect(/php|script|passwd|Comment|PK/.test(thumbnail.toString('latin1')), name).toBe(false);
      }
    }
  });

  it('D16: is no page, though it could be one', async () => {
    const page = Buffer.concat([Buffer.from('GIF89a/*'), Buffer.from(`*/=1;${PAYLOAD}`)]);

    expect((await suffer(page, 'page.gif')).type).not.toBe('text/html');
  });
});

describe('a picture on its side', () => {
  /** A corner in each colour; which of them is at the top left tells how it was turned. */
  const lying = (orientation: number): Promise<Buffer> =>
    gradient(400, 200).withMetadata({ orientation }).jpeg({ quality: 95 }).toBuffer();

  it.each([1, 2, 3, 4, 5, 6, 7, 8])(
    'D17: is upright in its thumbnails (orientation %i)',
    async (orientation) => {
      const bytes = await lying(orientation);
      const [small] = await thumbnails(bytes);
      const upright = sharp(await sharp(bytes).autoOrient().png().toBuffer());

      const expected = await upright.resize(8, 8, { fit: 'fill' }).raw().toBuffer();
      const shown = await sharp(small).resize(8, 8, { fit: 'fill' }).raw().toBuffer();

      for (const [at, value] of expected.entries()) {
        expect(Math.abs((shown[at] ?? 0) - value), `byte ${at}`).toBeLessThan(24);
      }
      const { width = 0, height = 0 } = await sharp(small).metadata();
      expect(width > height).toBe(orientation < 5);
    },
  );

  it('D17: tells that it names a place, and its thumbnails name none', async () => {
    const bytes = await gradient(400, 200)
      .withExif({ IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '48/1 46/1 30/1' } })
      .jpeg()
      .toBuffer();

    const { results } = await suffer(bytes, 'place.jpg');

    expect(results['image-metadata']).toMatchObject({ gps: true });
    for (const thumbnail of await thumbnails(bytes)) {
      const { exif, xmp, icc, iptc } = await sharp(thumbnail).metadata();
      expect([exif, xmp, icc, iptc]).toEqual([undefined, undefined, undefined, undefined]);
    }
  });
});

describe('a decoder', () => {
  it('D21: that meets damaged bytes of any format fails its step once, or answers', async () => {
    const random = seededRandom(21);
    for (const format of ['tiff', 'jpeg', 'webp', 'gif', 'avif'] as const) {
      const whole = await gradient(64, 48).toFormat(format).toBuffer();
      for (let round = 0; round < 4; round += 1) {
        const bytes = Buffer.from(whole);
        // The first bytes stay, so that it is taken for what it was.
        for (let hit = 0; hit < 12; hit += 1) bytes[16 + random(bytes.length - 16)] = random(256);
        await suffer(bytes, `damaged.${format}`);
      }
    }
  });
});
