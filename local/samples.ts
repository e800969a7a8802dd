/** Ten small files of the kinds people upload, made on the spot. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';

const picture = (width: number, height: number) =>
  sharp({
    create: { width, height, channels: 3, background: { r: 38, g: 110, b: 138 } },
  }).composite([
    {
      input: Buffer.from(
        `<svg width="${width}" height="${height}"><circle cx="${width / 2}" cy="${height / 2}" r="${height / 3}" fill="#f4c95d"/></svg>`,
      ),
    },
  ]);

const table = (delimiter: string, rows: number): string => {
  const lines = Array.from({ length: rows }, (_, row) =>
    [
      row + 1,
      `"Town${delimiter} no. ${row}"`,
      (row * 7.25).toFixed(2),
      `2026-01-${(row % 28) + 1}`,
    ].join(delimiter),
  );
  return [['id', 'name', 'amount', 'day'].join(delimiter), ...lines].join('\n');
};

const utf16 = (text: string): Buffer =>
  Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

const makeSamples = async (): Promise<readonly (readonly [string, Uint8Array | string])[]> => [
  ['hello.txt', 'Hello, Sluice!\nA second line.\n'],
  ['umlauts-utf16.txt', utf16('Grüße aus Köln\r\nzweite Zeile\r\n')],
  ['towns.csv', table(',', 500)],
  ['towns.tsv', table('\t', 200)],
  ['settings.json', JSON.stringify({ name: 'sluice', lanes: ['light', 'heavy'] }, null, 2)],
  [
    'photo.jpg',
    await picture(1600, 1200)
      .jpeg()
      .withExif({ IFD0: { Artist: 'Sluice' } })
      .toBuffer(),
  ],
  ['drawing.png', await picture(640, 480).png().toBuffer()],
  ['banner.webp', await picture(1200, 300).webp().toBuffer()],
  ['feed.xml', '<?xml version="1.0"?>\n<feed><entry id="1">one</entry></feed>\n'],
  ['empty.bin', ''],
];

/** Writes the samples into `directory` and returns their paths. */
export const writeSamples = async (directory: string): Promise<readonly string[]> => {
  await mkdir(directory, { recursive: true });
  const samples = await makeSamples();
  return Promise.all(
    samples.map(async ([name, content]) => {
      const path = join(directory, name);
      await writeFile(path, content);
      return path;
    }),
  );
};
