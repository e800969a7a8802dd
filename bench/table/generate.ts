/** Writes a CSV of ten columns of the kinds that people have: the same bytes for the same seed. */

import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import { seededRandom } from '../../test/support/seeded-random.ts';

export interface TableShape {
  readonly bytes: number;
  /** The last column is quoted, holds delimiters and, now and then, doubled quotes. */
  readonly quoted: boolean;
  readonly seed: number;
}

const HEADER = 'id,customer,city,amount,quantity,day,created,active,code,note\n';
const CITIES = [
  'Berlin',
  'Paris',
  'Rome',
  'Madrid',
  'London',
  'Vienna',
  'Prague',
  'Zürich',
  'New York',
  'San Francisco',
];
const WORDS = 'red green blue small large heavy light parcel order gift box note urgent late'.split(
  ' ',
);
const START = Date.UTC(2020, 0, 1);
const SPAN_SECONDS = 4 * 365 * 86_400;
const PIECE_BYTES = 1 << 20;

type Random = ReturnType<typeof seededRandom>;

const pick = (random: Random, from: readonly string[]): string => from[random(from.length)] ?? '';

const noteOf = (random: Random, quoted: boolean): string => {
  if (random(20) === 0) return '';
  const words = Array.from({ length: 2 + random(2) }, () => pick(random, WORDS));
  if (!quoted) return words.join(' ');
  const text = random(10) === 0 ? words.join(' ""or"" ') : words.join(' ');
  return `"${text}, ${pick(random, WORDS)}"`;
};

const recordOf = (id: number, random: Random, quoted: boolean): string => {
  const created = new Date(START + random(SPAN_SECONDS) * 1000).toISOString();
  const amount = (random(1_000_000) / 100).toFixed(2);
  const code = random(2 ** 31).toString(16);
  return (
    `${id},Customer ${random(1_000_000)},${pick(random, CITIES)},${amount},${random(100)},` +
    `${created.slice(0, 10)},${created.slice(0, 19)}Z,${random(2) === 0},${code},${noteOf(random, quoted)}\n`
  );
};

/** @returns how many rows it has, the header not counted */
export const writeTable = async (
  path: string,
  { bytes, quoted, seed }: TableShape,
): Promise<number> => {
  const random = seededRandom(seed);
  const file = createWriteStream(path);
  let piece = HEADER;
  let [written, rows] = [0, 0];
  while (written < bytes) {
    while (piece.length < PIECE_BYTES) {
      rows += 1;
      piece += recordOf(rows, random, quoted);
    }
    const chunk = Buffer.from(piece);
    written += chunk.length;
    piece = '';
    if (!file.write(chunk)) await once(file, 'drain');
  }
  file.end();
  await finished(file);
  return rows;
};
