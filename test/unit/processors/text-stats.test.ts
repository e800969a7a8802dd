import { describe, expect, it } from 'vitest';
import { textStats } from '../../../shared/processors/text-stats.ts';
import { processorInput } from '../../support/processor-input.ts';

const stats = (bytes: Buffer | string): Promise<unknown> =>
  textStats.run(processorInput(textStats, Buffer.from(bytes as string)).input);

describe('text-stats', () => {
  it.each([
    ['', { lines: 0, words: 0, characters: 0, lineEnds: 'none' }],
    ['one', { lines: 1, words: 1, characters: 3, lineEnds: 'none' }],
    ['one\n', { lines: 1, words: 1, characters: 4, lineEnds: 'lf' }],
    ['a b\r\nc\r\n', { lines: 2, words: 3, characters: 8, lineEnds: 'crlf' }],
    ['a\rb\r', { lines: 2, words: 2, lineEnds: 'cr' }],
    ['a\nb\r\n', { lines: 2, lineEnds: 'mixed' }],
    ['zwölf Bären', { words: 2, characters: 11 }],
    ['a😀b', { words: 1, characters: 3 }],
    ['a\u3000b\u00a0c', { words: 2 }],
  ])('counts %j', async (text, counts) => {
    expect(await stats(text)).toMatchObject(counts);
  });

  it('leaves the byte-order mark out of the characters', async () => {
    expect(await stats('\ufeffab')).toMatchObject({ encoding: 'utf-8', bom: true, characters: 2 });
    expect(await stats(Buffer.from('\ufeffab', 'utf16le'))).toMatchObject({
      encoding: 'utf-16le',
      bom: true,
      characters: 2,
    });
  });

  it('counts bytes that the encoding does not know', async () => {
    const broken = Buffer.concat([
      Buffer.from(`${'ä'.repeat(40_000)} `),
      Buffer.from([0xff]),
      Buffer.from(' b'),
    ]);

    expect(await stats(broken)).toMatchObject({ encoding: 'utf-8', undecodable: 1, words: 3 });
  });

  it('refuses bytes that are no text', async () => {
    await expect(stats(Buffer.from([1, 2, 3, 0, 200, 0, 255]))).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});
