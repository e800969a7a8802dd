import { fileTypeFromBuffer } from 'file-type';
import { describe, expect, it } from 'vitest';
import { fastMagic } from '../../../shared/detection/fast-magic.ts';
import { corpusFiles, readCorpusFile } from '../../support/corpus.ts';
import { pdf } from '../../support/documents.ts';
import { wave } from '../../support/media.ts';

const png = (...chunks: readonly string[]): Buffer =>
  Buffer.from(`\x89PNG\r\n\x1a\n\0\0\0\rIHDR${'\0'.repeat(17)}${chunks.join('')}`, 'latin1');

const chunk = (type: string): string => `\0\0\0\x04${type}\0\0\0\0\0\0\0\0`;

describe('the fast answer', () => {
  it.each([
    ['a JPEG', Buffer.from('ffd8ffe000104a46494600010100000100010000', 'hex'), 'image/jpeg'],
    ['a GIF', Buffer.from('GIF89a\x01\0\x01\0\x80\0\0\0\0\0\0\0\0\0', 'latin1'), 'image/gif'],
    ['a PNG', png(chunk('IDAT')), 'image/png'],
    ['a WAV', wave(100), 'audio/wav'],
    ['a PDF', pdf(['a page']), 'application/pdf'],
  ])('for %s is that of file-type', async (_, bytes, type) => {
    expect(fastMagic(bytes)).toBe(type);
    expect((await fileTypeFromBuffer(bytes))?.mime).toBe(type);
  });

  it.each([
    ['an animated PNG', png(chunk('acTL'), chunk('IDAT'))],
    ['a PNG whose pictures are out of sight', png(chunk('tEXt'))],
    ['JPEG-LS', Buffer.from('ffd8fff7000b080001000101011100000000', 'hex')],
    ['prose about GIF89a', Buffer.from('GIF89a is a format of 1989, and so on')],
    ['a few bytes', Buffer.from('ffd8ff', 'hex')],
    ['nothing', Buffer.alloc(0)],
  ])('is left to file-type for %s', (_, bytes) => {
    expect(fastMagic(bytes)).toBeUndefined();
  });

  const files = corpusFiles();
  it.skipIf(files.length === 0)(
    'is never another one than that of file-type (skipped where the corpus is absent)',
    async () => {
      const others: string[] = [];
      for (const file of files) {
        const head = readCorpusFile(file).subarray(0, 4096);
        const fast = fastMagic(head);
        if (fast === undefined) continue;
        const slow = (await fileTypeFromBuffer(head))?.mime;
        if (slow !== fast) others.push(`${file.path}: ${fast}, not ${slow}`);
      }
      expect(others).toEqual([]);
    },
  );
});
