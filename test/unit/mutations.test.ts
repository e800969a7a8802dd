import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { mutations } from '../mutation/mutations.ts';

it('every mutation names a line that stands exactly once today', async () => {
  const project = new URL('../../', import.meta.url);
  const stale: string[] = [];
  for (const { name, file, find } of mutations) {
    const text = await readFile(new URL(file, project), 'utf8');
    const times = text.split(find).length - 1;
    if (times !== 1) stale.push(`${times} times in ${file}: ${name}`);
  }

  expect(stale).toEqual([]);
});
