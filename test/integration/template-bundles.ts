/** What a sandbox loads at a cold start, out of the zips that would be deployed. */
import { createReadStream } from 'node:fs';
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCeilings, tooLarge } from '../../bench/cold-start/ceilings.ts';
import { readZipDirectory } from '../../shared/processors/archive/zip-directory.ts';

/** Bytes of the bundle in the zip of a function. */
const bundleBytes = async (zip: string, name: string): Promise<number> => {
  const { size } = await stat(zip);
  let bytes = 0;
  await readZipDirectory(
    {
      source: { size },
      signal: new AbortController().signal,
      open: async (range) => createReadStream(zip, range),
    },
    (entry) => {
      if (entry.name === `functions/${name}.cjs`) bytes = entry.size ?? 0;
    },
  );
  return bytes;
};

export const describeBundles = (packaged: () => string): void => {
  describe('the bundle of each function', () => {
    it('is there, and stays below its ceiling', async () => {
      const names = (await readdir('functions')).map((file) => file.replace(/\.ts$/, ''));
      const bytes: Record<string, number> = {};
      for (const name of names)
        bytes[name] = await bundleBytes(join(packaged(), `${name}.zip`), name);

      expect(Object.values(bytes).every((size) => size > 10_000)).toBe(true);
      expect(tooLarge(bytes, await readCeilings())).toEqual([]);
    });
  });
};
