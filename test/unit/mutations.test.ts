import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { findGuards } from '../mutation/guards.ts';
import { equalGuards } from '../mutation/lists/equal-guards.ts';
import { nameOf } from '../mutation/mutation.ts';
import { mutations } from '../mutation/mutations.ts';

const project = new URL('../../', import.meta.url);

describe('every mutation', () => {
  it('names a line that stands exactly once today', async () => {
    const stale: string[] = [];
    for (const { name, file, find } of mutations) {
      const text = await readFile(new URL(file, project), 'utf8');
      const times = text.split(find).length - 1;
      if (times !== 1) stale.push(`${times} times in ${file}: ${name}`);
    }

    expect(stale).toEqual([]);
  });

  it('says by which tests it is attacked, if it says so at all', async () => {
    const folder = fileURLToPath(new URL('test', project));
    const files = (await readdir(folder, { recursive: true })).map((file) => `test/${file}`);
    const named = new Set(mutations.flatMap(({ attackedBy = [] }) => attackedBy));
    const isTest = (prefix: string) =>
      files.some((file) => file.startsWith(prefix) && file.endsWith('.test.ts'));

    expect([...named].filter((prefix) => !isTest(prefix))).toEqual([]);
  });
});

describe('every guard that may be taken away', () => {
  it('is there today', () => {
    const guards = new Set(findGuards(mutations).map(nameOf));

    expect(guards.size).toBeGreaterThan(400);
    expect(Object.keys(equalGuards).filter((name) => !guards.has(name))).toEqual([]);
  });
});
