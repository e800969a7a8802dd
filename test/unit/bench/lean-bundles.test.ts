/** What is left out of the bundles is nothing that the functions need. */
import { readdir, readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { REDIS_COMMANDS } from '../../../infra/lean-bundles.mjs';

const ADAPTERS = new URL('../../../shared/adapters/redis/', import.meta.url);

/** Methods of a client that send no command. */
const LOCAL = ['connect', 'disconnect', 'on', 'off'];

it('every command that an adapter sends to Redis is in the bundles', async () => {
  const sent = new Set<string>();
  for (const file of await readdir(ADAPTERS)) {
    const source = await readFile(new URL(file, ADAPTERS), 'utf8');
    for (const [, name = ''] of source.matchAll(/\b(?:client|pipeline)\s*\.(\w+)\(/g))
      sent.add(name);
  }
  const commands = [...sent].filter((name) => !LOCAL.includes(name));

  expect(commands).toContain('mget');
  expect(REDIS_COMMANDS).toEqual(expect.arrayContaining(commands));
});
