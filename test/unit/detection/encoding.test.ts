import { describe, expect, it } from 'vitest';
import { detectEncoding } from '../../../shared/detection/encoding.ts';

const cyrillic = 'Универсальная многопользовательская система для обработки файлов и текста. ';

describe('detectEncoding', () => {
  it.each([
    ['ASCII', Buffer.from('plain'), 'utf-8', 0],
    ['UTF-8', Buffer.from('zwölf'), 'utf-8', 0],
    ['UTF-8 with a mark', Buffer.from('\ufeffzwölf'), 'utf-8', 3],
    ['UTF-16LE', Buffer.from('\ufeffzwölf', 'utf16le'), 'utf-16le', 2],
    ['UTF-16BE', Buffer.from('\ufeffzwölf', 'utf16le').swap16(), 'utf-16be', 2],
    ['UTF-16LE without a mark', Buffer.from('plain text', 'utf16le'), 'utf-16le', 0],
    ['windows-1252', Buffer.from('zwölf Boxkämpfer jagen Viktor', 'latin1'), 'windows-1252', 0],
    ['ISO-2022-JP', Buffer.from('\x1b$B%3%s\x1b(B', 'latin1'), 'iso-2022-jp', 0],
    ['nothing', Buffer.alloc(0), 'utf-8', 0],
  ])('%s', (_, bytes, label, bomBytes) => {
    expect(detectEncoding(bytes)).toEqual({ label, bomBytes });
  });

  it('knows Cyrillic in one byte per letter', () => {
    const first = 'А'.charCodeAt(0);
    const bytes = Buffer.from(
      [...cyrillic.repeat(5)].map((letter) => {
        const code = letter.charCodeAt(0);
        return code >= first && code < first + 64 ? code - first + 0xc0 : code;
      }),
    );

    expect(detectEncoding(bytes)?.label).toBe('windows-1251');
  });

  it('is not Western where that would make control characters of letters', () => {
    // 山田太郎,東京都千代田区 in Shift JIS: too few characters for the statistics of its language.
    const japanese = Buffer.from(
      '8e52936391be98592c938c8b9e937390e791e39363 8be60a'.replace(' ', ''),
      'hex',
    );
    // Příliš žluťoučký kůň in windows-1250: the same, and its ť is none of Western letters.
    const czech = Buffer.from(
      '50f8edb9698a209e6c759d6f75e86bfd206bf9f20a'.replace('b9', '6c'),
      'hex',
    );
    // Jürgen, Müller in code page 437, which nobody guesses: not taken for Japanese.
    const dos = Buffer.from('J\x81rgen,M\x81ller\n', 'latin1');

    expect(detectEncoding(Buffer.concat(Array(20).fill(japanese)))?.label).toBe('shift_jis');
    expect(detectEncoding(Buffer.concat(Array(20).fill(czech)))?.label).toBe('windows-1250');
    expect(detectEncoding(Buffer.concat(Array(20).fill(dos)))?.label).not.toBe('shift_jis');
  });

  it('takes a stray control in a short text that begins as JSON or markup for a mistake in it', () => {
    expect(detectEncoding(Buffer.from('{"a":"\x01"}'))?.label).toBe('utf-8');
    expect(detectEncoding(Buffer.from('<a>\x01</a>'))?.label).toBe('utf-8');
    expect(detectEncoding(Buffer.from('{"a":"\x01\x02"}'))).toBeUndefined();
  });

  it('takes a few Western names for Western, though they might be of others too', () => {
    const names = ['Größe', 'naïve', 'señor', 'plain'];
    const rows = Array.from(
      { length: 60 },
      (_, at) => `${at},${names[at % 4]},${names[(at * 7) % 4]}`,
    );

    expect(detectEncoding(Buffer.from(`id,a,b\n${rows.join('\n')}\n`, 'latin1'))?.label).toBe(
      'windows-1252',
    );
    // Turkish has six letters of its own: without one of them it is read the same.
    const ends = 'id,date,place\n1,4/27/2011,Áçores\n'.repeat(10);
    expect(detectEncoding(Buffer.from(ends, 'latin1'))?.label).toBe('windows-1252');
  });

  it.each([
    ['a NUL', Buffer.from('text\0text')],
    ['control characters', Buffer.from('te\x01xt')],
    ['UTF-32', Buffer.from('74000000650000007800000074000000', 'hex')],
    ['an MPEG frame', Buffer.from('fffe90640000', 'hex')],
    ['unpaired surrogates', Buffer.from('fffe00d86100', 'hex')],
  ])('%s is no text', (_, bytes) => {
    expect(detectEncoding(bytes)).toBeUndefined();
  });

  it('takes a character that is cut at the end for a whole one', () => {
    const euro = Buffer.from('10 €');

    expect(detectEncoding(euro.subarray(0, -1))).toEqual({ label: 'utf-8', bomBytes: 0 });
  });
});
