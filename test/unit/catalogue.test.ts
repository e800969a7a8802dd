/** Each row of the fault catalogue has a test whose title begins with it, or docs/correctness.md says why it has none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

const sources = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((file) => file.endsWith('.ts'))
  .map((file) => readFileSync(join(folder, file), 'utf8'));

const correctness = readFileSync(join(folder, '../docs/correctness.md'), 'utf8');
const outOfScope = [...correctness.matchAll(/^\| ([A-D\d, ]+) \| out of scope: /gm)].flatMap(
  ([, rows = '']) => rows.split(', '),
);

/** Of each subject, how many rows it has. */
const ROWS = { A: 17, B: 22, C: 19, D: 22, E: 23 } as const;

const rows = Object.entries(ROWS).flatMap(([subject, count]) =>
  Array.from({ length: count }, (_, at) => `${subject}${at + 1}`),
);

it.each(rows.filter((row) => !outOfScope.includes(row)))('%s has a test', (row) => {
  const title = new RegExp(`['"\x60](?:[A-E]\\d+, )*${row}(?:, [A-E]\\d+)*: `);

  expect(sources.some((source) => title.test(source))).toBe(true);
});

it('little is out of scope, and each with its reason', () => {
  expect(outOfScope).toEqual(['C7', 'C9']);
});
