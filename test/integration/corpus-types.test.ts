/** Holds type detection against files and answers collected from independent tools. */
import { describe, expect, it } from 'vitest';
import { detectType, HEAD_BYTES } from '../../shared/detection/detect-type.ts';
import { corpusFiles, readCorpusFile } from '../support/corpus.ts';

const files = corpusFiles().filter(({ expect: { mime_accept } }) => mime_accept !== undefined);

/** What was reached when this was written; fewer means that something got worse. */
const LOWEST_RATE = 1;

describe('the types of the corpus', () => {
  it.skipIf(files.length === 0)(
    'match an accepted answer (skipped where the corpus is absent)',
    async () => {
      const misses: string[] = [];
      for (const file of files) {
        const bytes = readCorpusFile(file);
        const { type } = await detectType(
          bytes.subarray(0, HEAD_BYTES),
          bytes.length,
          file.original_name,
        );
        const accepted = (file.expect.mime_accept ?? []).map((mime) => mime.toLowerCase());
        if (!accepted.includes(type))
          misses.push(`${file.path}: ${type}, not ${accepted.join(' or ')}`);
      }

      console.log(`${files.length - misses.length} of ${files.length} types are right`);
      expect(misses.length / files.length, misses.join('\n')).toBeLessThanOrEqual(1 - LOWEST_RATE);
    },
  );

  it.skipIf(files.length === 0)(
    'do not turn text into something else without the help of a name',
    async () => {
      const misses: string[] = [];
      for (const file of files.filter(
        ({ expect: { sniffable_by_magic } }) => sniffable_by_magic === false,
      )) {
        const bytes = readCorpusFile(file);
        const { type } = await detectType(bytes.subarray(0, HEAD_BYTES), bytes.length);
        if (
          /^(audio|video|font)\//.test(type) ||
          (type.startsWith('image/') && type !== 'image/svg+xml')
        )
          misses.push(`${file.path}: ${type}`);
      }

      expect(misses).toEqual([]);
    },
  );
});
