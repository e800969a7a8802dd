/** A sandbox works for one tenant after another: what a function kept in a file could be another one's next. So none keeps any. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Each with what it has to do with files all the same. */
const ALLOWED = {
  'shared/adapters/json-logger.ts': 'writes lines to stdout',
  'shared/processors/isolation/program.ts': 'tells the kernel which process to end first',
};

const touching = ['functions', 'shared'].flatMap((folder) =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.ts'))
    .map((file) => `${folder}/${file}`)
    .filter((file) =>
      /node:fs|node:os|tmpdir|['"`]\/tmp/.test(readFileSync(join(root, file), 'utf8')),
    ),
);

it('E21: no function writes or reads a file of its sandbox', () => {
  expect(touching.toSorted()).toEqual(Object.keys(ALLOWED));
});
