/** Each row of the fault catalogue that we say to attack has a test whose title begins with it. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'));

it.each(Array.from({ length: 22 }, (_, at) => `D${at + 1}`))('%s has a test', (row) => {
  const title = new RegExp(`['"\x60]${row}: `);

  expect(sources.some((source) => title.test(source))).toBe(true);
});
