/** Small files of several kinds, each different, with what must become of it. */
import { createHash } from 'node:crypto';
import sharp from 'sharp';
import type { SeededRandom } from '../../shared/adapters/memory/seeded-random.ts';

export interface ChaosFile {
  readonly name: string;
  readonly bytes: Buffer;
  readonly sha256: string;
  /** How an upload of it ends when nothing but the file decides. */
  readonly ends: 'completed' | 'failed';
}

type Make = (random: SeededRandom, id: string) => Promise<Buffer> | Buffer;

const lines = (random: SeededRandom, id: string, line: (n: number) => string): Buffer =>
  Buffer.from(
    [id, ...Array.from({ length: 20 + random.below(2_000) }, (_, n) => line(n))].join('\n'),
  );

const picture = (random: SeededRandom) =>
  sharp({
    create: {
      width: 64 + random.below(800),
      height: 64 + random.below(600),
      channels: 3,
      background: { r: random.below(256), g: random.below(256), b: random.below(256) },
    },
  });

const noise = (random: SeededRandom, bytes: number): Buffer => {
  const buffer = Buffer.alloc(bytes);
  for (let at = 0; at + 4 <= bytes; at += 4) buffer.writeUInt32LE(random.below(2 ** 32), at);
  return buffer;
};

/** Weights by how often they stand here. */
const KINDS: readonly (readonly [extension: string, ends: ChaosFile['ends'], make: Make])[] = [
  ['txt', 'completed', (random, id) => lines(random, id, (n) => `Line ${n} of ${id}.`)],
  ['csv', 'completed', (random, id) => lines(random, `id,${id}`, (n) => `${n},"v ${n * 7}"`)],
  [
    'json',
    'completed',
    (random, id) => Buffer.from(JSON.stringify({ id, n: Array(random.below(500)).fill(id) })),
  ],
  ['xml', 'completed', (_, id) => Buffer.from(`<?xml version="1.0"?>\n<a><b id="${id}"/></a>\n`)],
  ['png', 'completed', (random) => picture(random).png().toBuffer()],
  ['jpg', 'completed', (random) => picture(random).jpeg().toBuffer()],
  ['bin', 'completed', (random) => noise(random, 4 * (1_000 + random.below(50_000)))],
  ['bin', 'completed', (random) => noise(random, 4 * (500_000 + random.below(500_000)))],
  [
    'png',
    'failed',
    async (random) => {
      const whole = await picture(random).png().toBuffer();
      return whole.subarray(0, Math.floor(whole.length * 0.6));
    },
  ],
];

export const makeFile = async (random: SeededRandom, id: string): Promise<ChaosFile> => {
  const kind = KINDS[random.below(KINDS.length)];
  if (kind === undefined) throw new Error('There is no such kind.');
  const [extension, ends, make] = kind;
  const bytes = await make(random, id);
  return {
    name: `${id}.${extension}`,
    bytes,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    ends,
  };
};
