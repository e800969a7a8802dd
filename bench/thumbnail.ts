/** A thumbnail of a 12-megapixel photograph: our processor, in its process of its own, against bare sharp. */
import sharp from 'sharp';
import { imageThumbnail } from '../shared/processors/image-thumbnail.ts';
import { processorInput } from '../test/support/processor-input.ts';
import type { Bench } from './harness/bench.ts';
import { alternating, secondsOf } from './harness/measure.ts';

const WIDTH = 4_000;
const HEIGHT = 3_000;
const PICTURES = 10;
const ROUNDS = 3;

/** Gradients with noise: what a camera makes, neither trivial nor incompressible. */
const photograph = async (): Promise<Buffer> => {
  const pixels = Buffer.alloc(WIDTH * HEIGHT * 3);
  let noise = 12_345;
  for (let at = 0; at < pixels.length; at += 1) {
    noise = (Math.imul(noise, 1_103_515_245) + 12_345) >>> 0;
    pixels[at] = ((at / 997) & 0xff) ^ (noise >>> 28);
  }
  return sharp(pixels, { raw: { width: WIDTH, height: HEIGHT, channels: 3 } })
    .jpeg({ quality: 90 })
    .toBuffer();
};

export const bench: Bench = {
  name: 'thumbnail',
  about:
    `Pictures per second, one at a time, of a ${(WIDTH * HEIGHT) / 1e6}-megapixel JPEG: everything the processor does, in its process of its own, against bare sharp making the same two ` +
    'WebP files (256 and 1024 pixels) in this one, with as many threads as each likes.',
  async run() {
    const bytes = await photograph();
    const perSecond = async (one: () => Promise<unknown>): Promise<number> =>
      PICTURES /
      (await secondsOf(async () => {
        for (let picture = 0; picture < PICTURES; picture += 1) await one();
      }));
    const figures = await alternating(
      ROUNDS,
      () =>
        perSecond(() => {
          const { input } = processorInput(imageThumbnail, bytes, { type: 'image/jpeg' });
          return imageThumbnail.run(input);
        }),
      () =>
        perSecond(async () => {
          const webp = { quality: 80, effort: 4 };
          const fit = { fit: 'inside', withoutEnlargement: true } as const;
          const large = await sharp(bytes)
            .autoOrient()
            .resize(1024, 1024, fit)
            .raw()
            .toBuffer({ resolveWithObject: true });
          const { width, height, channels } = large.info;
          const raw = { raw: { width, height, channels } };
          await Promise.all([
            sharp(large.data, raw).webp(webp).toBuffer(),
            sharp(large.data, raw).resize(256, 256, fit).webp(webp).toBuffer(),
          ]);
        }),
    );
    return [
      {
        case: '12 MP JPEG',
        unit: 'pictures/s',
        better: 'more',
        ours: figures.ours,
        peer: { name: 'sharp', value: figures.peer },
        target: { of: 'ratio', value: 0.85 },
      },
    ];
  },
};
