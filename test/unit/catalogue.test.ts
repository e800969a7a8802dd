/** Each row of the fault catalogue that we say to attack has a test whose title begins with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'));

/** Of E22 there is nothing that a test could do. */
const ROWS = [
  ...Array.from({ length: 22 }, (_, at) => `D${at + 1}`),
  ...Array.from({ length: 23 }, (_, at) => `E${at + 1}`).filter((row) => row !== 'E22'),
];

it.each(ROWS)('%s has a test', (row) => {
  const title = new RegExp(`['"\x60](?:[A-E]\\d+, )*${row}(?:, [A-E]\\d+)*: `);

  expect(sources.some((source) => title.test(source))).toBe(true);
});
