/** Each row of the fault catalogue has a test whose title begins with it, or docs/correctness.md says why it has none. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const folder = fileURLToPath(new URL('..', import.meta.url));

const sources = new Map(
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const),
);

const titleOf = (row: string): RegExp =>
  new RegExp(`['"\x60](?:[A-E]\\d+, )*${row}(?:, [A-E]\\d+)*: `);

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
  expect([...sources.values()].some((source) => titleOf(row).test(source))).toBe(true);
});

it('little is out of scope, and each with its reason', () => {
  expect(outOfScope).toEqual(['C7', 'C9']);
});

const security = readFileSync(join(folder, '../docs/security.md'), 'utf8');
/** Of each row about the API, the files that docs/security.md names for it. */
const named = [...security.matchAll(/^\| (E[E\d, ]*) \|.*\| ([^|]*) \|$/gm)].flatMap(
  ([, which = '', files = '']) =>
    which
      .split(', ')
      .map(
        (row) => [row, [...files.matchAll(/`([^`]+)`(?! \()/g)].map(([, file]) => file)] as const,
      ),
);

it('docs/security.md has a line for every row about the API', () => {
  expect(named.map(([row]) => row)).toEqual(rows.filter((row) => row.startsWith('E')));
});

it.each(named)('%s is attacked where docs/security.md says: %j', (row, files) => {
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) {
    const found = [`${file}.test.ts`, `${file}.ts`].flatMap((end) =>
      [...sources].filter(([path]) => `/${path}`.endsWith(`/${end}`)),
    );
    expect(
      found.map(([path]) => path),
      file,
    ).toHaveLength(1);
    expect(found[0]?.[1], `${file} has ${row}`).toMatch(titleOf(row));
  }
});
