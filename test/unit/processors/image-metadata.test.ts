/** What image-metadata tells of images made here. */
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import { isWholeInBoxes } from '../../../shared/processors/image/boxed-image.ts';
import { imageMetadata } from '../../../shared/processors/image-metadata.ts';
import { gradient } from '../../fixtures/processors/image-thumbnail.ts';
import { bitmap, HEIC, icon, photoshop } from '../../support/images.ts';
import { processorInput } from '../../support/processor-input.ts';

const told = async (type: string, bytes: Buffer) => {
  const { input } = processorInput(imageMetadata, bytes, { type });
  return (await imageMetadata.run(input)) as Record<string, unknown>;
};

const svg = (attributes: string, rest = '') =>
  told('image/svg+xml', Buffer.from(`<svg ${attributes}>${rest}<g/></svg>`));

const size = (width: number | null, height: number | null) => ({ width, height });

describe('image-metadata of photographs', () => {
  it('tells camera, orientation and the size that people see', async () => {
    const bytes = await gradient()
      .withExif({ IFD0: { Make: 'Sluice', Model: 'One' } })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();

    expect(await told('image/jpeg', bytes)).toMatchObject({
      format: 'jpeg',
      ...size(300, 200),
      orientation: 6,
      displayedWidth: 200,
      displayedHeight: 300,
      frames: 1,
      gps: false,
    });
    const { camera } = await told(
      'image/jpeg',
      await gradient()
        .withExif({ IFD0: { Make: 'Sluice', Model: 'One' } })
        .jpeg()
        .toBuffer(),
    );
    expect(camera).toMatchObject({ make: 'Sluice', model: 'One', takenAt: null });
    const { camera: dated } = await told(
      'image/jpeg',
      await gradient()
        .withExif({
          IFD0: { Software: 'Darkroom', DateTime: '2024:05:06 00:00:00' },
          IFD2: { DateTimeOriginal: '2024:01:02 03:04:05' },
        })
        .jpeg()
        .toBuffer(),
    );
    expect(dated).toEqual({
      make: null,
      model: null,
      software: 'Darkroom',
      takenAt: '2024-01-02T03:04:05',
    });
  });

  it('tells how its colours are kept', async () => {
    const plain = { space: 'srgb', depth: 'uchar', alpha: false, profile: false };

    expect(await told('image/png', await gradient().png().toBuffer())).toMatchObject({
      colour: plain,
    });
    const clear = gradient().ensureAlpha(0.5).toColourspace('rgb16').png();
    expect(await told('image/png', await clear.toBuffer())).toMatchObject({
      colour: { ...plain, space: 'rgb16', depth: 'ushort', alpha: true },
    });
    const print = gradient().toColourspace('cmyk').withIccProfile('cmyk').jpeg();
    expect(await told('image/jpeg', await print.toBuffer())).toMatchObject({
      colour: { ...plain, space: 'cmyk', profile: true },
    });
  });

  it('D17: tells that there is a place, in EXIF or in XMP', async () => {
    const placed = gradient().withExif({
      IFD3: { GPSLatitudeRef: 'N', GPSLatitude: '51/1 30/1 0/1' },
    });
    const xmp = `<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"><rdf:Description xmlns:exif="http://ns.adobe.com/exif/1.0/" exif:GPSLatitude="51,30N"/></rdf:RDF></x:xmpmeta>`;

    expect(await told('image/jpeg', await placed.clone().jpeg().toBuffer())).toMatchObject({
      gps: true,
    });
    expect(await told('image/webp', await placed.clone().webp().toBuffer())).toMatchObject({
      gps: true,
    });
    expect(await told('image/jpeg', await gradient().withXmp(xmp).jpeg().toBuffer())).toMatchObject(
      { gps: true },
    );
  });

  it('says that damaged notes could not be read, and tells the rest', async () => {
    const bytes = await gradient()
      .withExif({ IFD0: { Make: 'Sluice' } })
      .jpeg()
      .toBuffer();
    const tiff = bytes.indexOf('Exif\0\0') + 6;
    bytes.writeUInt32LE(0x7fff_ffff, tiff + 4);

    expect(await told('image/jpeg', bytes)).toMatchObject({
      ...size(300, 200),
      camera: null,
      gps: null,
    });
  });

  it('counts the frames of animations', async () => {
    const frames = await gradient(8, 24).gif().toBuffer();
    const animated = await sharp(await gradient(8, 24).raw().toBuffer(), {
      raw: { width: 8, height: 24, channels: 3, pageHeight: 8 },
    })
      .gif()
      .toBuffer();

    expect(await told('image/gif', frames)).toMatchObject({ frames: 1 });
    expect(await told('image/gif', animated)).toMatchObject({ ...size(8, 8), frames: 3 });
  });
});

describe('image-metadata of formats without a decoder', () => {
  it('reads bitmaps of either direction', async () => {
    expect(await told('image/bmp', bitmap({ width: 6, height: -4 }))).toMatchObject(size(6, 4));
    expect(await told('image/bmp', bitmap({ width: 5, height: 3 }))).toMatchObject(size(5, 3));
  });

  it.each([
    ['more pixels than the file holds', bitmap({ width: 6, height: 4_000 }).subarray(0, 200)],
    ['more colours than 8 bits can name', bitmap({ width: 6, height: 4, colours: 300 })],
    ['a negative width', bitmap({ width: -6, height: 4, pixels: Buffer.alloc(64) })],
    [
      'a run that leaves the row',
      bitmap({ width: 2, height: 2, compression: 1, pixels: Buffer.from([3, 1, 0, 1]) }),
    ],
  ])('refuses a bitmap with %s', async (_, bytes) => {
    await expect(told('image/bmp', bytes)).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('reads a compressed bitmap whose runs stay inside', async () => {
    const pixels = Buffer.from([2, 1, 0, 0, 0, 2, 1, 0, 2, 1, 0, 1]);

    expect(
      await told('image/bmp', bitmap({ width: 3, height: 2, compression: 1, pixels })),
    ).toMatchObject(size(3, 2));
  });

  it('tells the first size of an icon, and how many there are', async () => {
    expect(await told('image/x-icon', icon(256, 16))).toMatchObject({
      ...size(256, 256),
      frames: 2,
    });
    await expect(told('image/x-icon', icon(16, 16).subarray(0, 90))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });

  it('counts the layers of a Photoshop document beside the whole', async () => {
    expect(await told('image/vnd.adobe.photoshop', photoshop(30, 20, 2))).toMatchObject({
      ...size(30, 20),
      frames: 3,
    });
  });
});

describe('image-metadata of drawings', () => {
  it('takes units, the view box, or one side and the shape of the box', async () => {
    expect(await svg('width="2in" height="72pt"')).toMatchObject(size(192, 96));
    expect(await svg('viewBox="0 0 30 20"')).toMatchObject(size(30, 20));
    expect(await svg('width="60" viewBox="0,0,30,20"')).toMatchObject(size(60, 40));
    expect(await svg('width="100%" height="1e2px" viewBox="0 0 30 20"')).toMatchObject(
      size(150, 100),
    );
  });

  it('says nothing where the drawing says nothing', async () => {
    expect(await svg('width="100%"')).toMatchObject(size(null, null));
    expect(await svg('viewBox="0 0 0 0" width="-4" height="1e999"')).toMatchObject(
      size(null, null),
    );
  });

  it('reads no further than the root element', async () => {
    expect(await svg('width="3" height="4"', '&undeclared; <broken')).toMatchObject(size(3, 4));
    await expect(told('image/svg+xml', Buffer.from('<svg width=3>'))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});

/** Fields at their places in a header of zeros. */
const header = (
  length: number,
  fields: readonly (readonly [at: number, bytes: readonly number[] | string])[],
): Buffer => {
  const bytes = Buffer.alloc(length);
  for (const [at, field] of fields) bytes.set(Buffer.from(field as string, 'latin1'), at);
  return bytes;
};

const card = (text: string): string => text.padEnd(80);

const JXL_SMALL = Buffer.from([0xff, 0x0a, 0b0100_1001, 0b0000_0000]);
const SIZ = [
  0xff, 0x4f, 0xff, 0x51, 0, 47, 0, 0, 0, 0, 1, 0x2c, 0, 0, 0, 200, 0, 0, 0, 0, 0, 0, 0, 0,
];

describe('image-metadata of HEIC', () => {
  it('is corrupt where the picture is cut off, which no decoder would see', async () => {
    expect(await told('image/heic', HEIC)).toMatchObject({ format: 'heic', ...size(64, 64) });
    expect(await told('image/heic', Buffer.concat([HEIC, Buffer.alloc(4)]))).toMatchObject(
      size(64, 64),
    );
    for (const left of [HEIC.length - 1, HEIC.length - 20]) {
      const cut = told('image/heic', HEIC.subarray(0, left));
      await expect(cut).rejects.toMatchObject({ code: 'corrupt' });
    }
  });

  it('may have a last box without a length, or with one of 64 bits', async () => {
    const open = Buffer.from(HEIC);
    open.writeUInt32BE(0, HEIC.indexOf('mdat') - 4);

    expect(isWholeInBoxes(open.subarray(0, -1))).toBe(true);
    expect(isWholeInBoxes(Buffer.from('00000001667265650000000000000010', 'hex'))).toBe(true);
    expect(isWholeInBoxes(Buffer.from('00000001667265650000000000000011', 'hex'))).toBe(false);
    expect(isWholeInBoxes(Buffer.from('0000000766726565', 'hex'))).toBe(false);
  });
});

describe('image-metadata of images that no decoder knows', () => {
  it.each([
    ['image/j2c', 'jp2', header(60, [[0, SIZ]]), 300, 200],
    ['image/jp2', 'jp2', header(160, [[85, SIZ]]), 300, 200],
    ['image/x-pcx', 'pcx', header(128, [[0, [10, 5, 1, 8, 0, 0, 0, 0, 99, 0, 49, 0]]]), 100, 50],
    [
      'image/x-tga',
      'tga',
      header(18, [
        [2, [2]],
        [12, [100, 0, 50, 0, 24]],
      ]),
      100,
      50,
    ],
    [
      'image/x-exr',
      'exr',
      header(80, [
        [8, 'dataWindow\0box2i\0'],
        [29, [1, 0, 0, 0, 2, 0, 0, 0, 100, 0, 0, 0, 51]],
      ]),
      100,
      50,
    ],
    [
      'image/fits',
      'fits',
      Buffer.from(
        ['SIMPLE  =  T', 'NAXIS1  =  100', 'NAXIS2  =  50 / rows', 'END'].map(card).join(''),
      ),
      100,
      50,
    ],
    ['image/jxl', 'jxl', JXL_SMALL, 40, 40],
    ['image/x-portable-graymap', 'pnm', Buffer.from('P2\n# made here\n3 2\n9\n1 2 3 4 5 6'), 3, 2],
    [
      'image/x-portable-arbitrarymap',
      'pnm',
      Buffer.from('P7\nWIDTH 3\nHEIGHT 2\nDEPTH 1\nMAXVAL 255\nENDHDR\n......'),
      3,
      2,
    ],
  ])('tells the size of %s', async (type, format, bytes, width, height) => {
    expect(await told(type, bytes)).toMatchObject({ format, ...size(width, height), frames: 1 });
  });

  it.each(['image/jp2', 'image/jxl', 'image/x-pcx', 'image/x-tga', 'image/x-exr', 'image/fits'])(
    'is corrupt where the header of %s is cut off or missing',
    async (type) => {
      for (const bytes of [Buffer.alloc(1), Buffer.alloc(16), Buffer.alloc(17, 0xff)]) {
        await expect(told(type, bytes)).rejects.toMatchObject({ code: 'corrupt' });
      }
    },
  );
});
