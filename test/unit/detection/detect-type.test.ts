import { describe, expect, it } from 'vitest';
import { detectType, HEAD_BYTES } from '../../../shared/detection/detect-type.ts';
import { seededRandom } from '../../support/seeded-random.ts';

const typeOf = async (bytes: Buffer | string, name?: string, size?: number): Promise<string> => {
  const whole = Buffer.from(bytes as string);
  return (await detectType(whole.subarray(0, HEAD_BYTES), size ?? whole.length, name)).type;
};

const utf16 = (text: string): Buffer => Buffer.from(`\ufeff${text}`, 'utf16le');
const swapped = (text: string): Buffer => utf16(text).swap16();

describe('kinds of text', () => {
  it.each([
    ['prose', 'Hello, world.\nHow are you, today?\n', 'text/plain'],
    ['one line end', '\n', 'text/plain'],
    ['three columns', 'id,name,score\n1,a,2\n', 'text/csv'],
    ['semicolons', 'a;b;c\n1,5;2;3\n', 'text/csv'],
    ['tabs', 'a\tb\n1\t2\n3\t4\n', 'text/tab-separated-values'],
    ['a line end within quotes', 'a,b,c\n"x\ny",2,3\n', 'text/csv'],
    ['code', 'const a = 1;\nconst b = 2;\nconst c = 3;\n', 'text/plain'],
    ['an object', '{"a": [1, 2]}', 'application/json'],
    ['an array over lines', '[\n  1,\n  2\n]\n', 'application/json'],
    ['lines of objects', '{"a":1}\n{"a":2}\n', 'application/x-ndjson'],
    ['a reference list', '[1] Smith, J.\n[2] Doe, J.\n', 'text/plain'],
    ['a settings file', '[section]\nkey=value\n', 'text/plain'],
    ['declared XML', '<?xml version="1.0"?><a/>', 'application/xml'],
    ['undeclared XML', '<note><to/></note>', 'application/xml'],
    ['SVG', '<?xml version="1.0"?><!-- c --><svg width="1"/>', 'image/svg+xml'],
    ['SVG with a prefix', '<s:svg xmlns:s="http://www.w3.org/2000/svg"/>', 'image/svg+xml'],
    ['SVG in its doctype', '<!DOCTYPE svg [<!ENTITY a ">">]><svg/>', 'image/svg+xml'],
    ['svg as a word', 'svg is a format', 'text/plain'],
    ['HTML', '<!doctype html><title>x</title>', 'text/html'],
    ['HTML without a doctype', '<html><body>x</body></html>', 'text/html'],
    ['an angle bracket', '<hello> she said', 'text/plain'],
  ])('%s', async (_, text, type) => {
    expect(await typeOf(text)).toBe(type);
    expect(await typeOf(`\ufeff${text}`)).toBe(type);
    expect(await typeOf(utf16(text))).toBe(type);
    expect(await typeOf(swapped(text))).toBe(type);
  });

  it('knows text in UTF-16 without a mark', async () => {
    expect(await typeOf(Buffer.from('a,b,c\n1,2,3\n', 'utf16le'))).toBe('text/csv');
  });

  it('knows text whose last character is cut in two at the end of the head', async () => {
    const text = Buffer.from(`${'x'.repeat(HEAD_BYTES - 1)}€ and more`);

    expect(await typeOf(text)).toBe('text/plain');
  });

  it('knows legacy encodings for text', async () => {
    expect(await typeOf(Buffer.from('Grüße aus Köln und Zürich', 'latin1'))).toBe('text/plain');
  });

  it('knows a JSON document of which it sees only the beginning', async () => {
    const text = JSON.stringify(Array.from({ length: 2_000 }, (_, id) => ({ id, name: 'n' })));

    expect(await typeOf(text)).toBe('application/json');
  });

  it.each(['BMW, Audi and others', 'MZ is a magic', 'solid ground', 'GIF8 is no GIF', 'ID3 tags'])(
    'does not take %j for what its first letters are the magic of',
    async (text) => {
      expect(await typeOf(text, 'a.bmp')).toBe('text/plain');
    },
  );
});

describe('names', () => {
  it('break ties between kinds of text', async () => {
    expect(await typeOf('value\n01\n002\n', 'a.csv')).toBe('text/csv');
    expect(await typeOf('value\n01\n002\n', 'a.txt')).toBe('text/plain');
    expect(await typeOf('{"a":1}\n', 'a.JSONL')).toBe('application/x-ndjson');
    expect(await typeOf('a,b\n1,2\n', 'a.csv')).toBe('text/csv');
  });

  it.each(['a.png', 'a.svg', 'a.mp3', 'a.pdf'])(
    '%s does not make text more than text',
    async (name) => {
      expect(await typeOf('just text', name)).toBe('text/plain');
    },
  );

  it('do not overrule the bytes', async () => {
    const png = Buffer.from('89504e470d0a1a0a0000000d4948445200000001', 'hex');

    expect(await typeOf(png, 'a.csv')).toBe('image/png');
    expect(await typeOf('{"a":1}', 'a.csv')).toBe('application/json');
  });
});

describe('bytes that are no text', () => {
  it.each([
    ['nothing', Buffer.alloc(0), 'application/x-empty'],
    ['zeros', Buffer.alloc(5_000), 'application/octet-stream'],
    ['a cut PNG', Buffer.from('89504e470d0a1a0a', 'hex'), 'image/png'],
    ['a JPEG of four bytes', Buffer.from('ffd8ffe0', 'hex'), 'image/jpeg'],
    ['a zip', Buffer.from('504b0304140000000800', 'hex'), 'application/zip'],
    ['MPEG audio that starts like UTF-16', Buffer.from('fffe00000000ffff', 'hex'), 'audio/mpeg'],
    ['a portable pixmap', Buffer.from('P6\n1 1\n255\n\0\0\0'), 'image/x-portable-pixmap'],
    ['zlib', Buffer.from('789c0300000000', 'hex'), 'application/zlib'],
  ])('%s', async (_, bytes, type) => {
    expect(await typeOf(bytes)).toBe(type);
  });

  it('still finds a table with a NUL or padding in it', async () => {
    expect(await typeOf('a,b,c\n1,2,3\n4,\0,5\n7,8,9\n')).toBe('text/csv');
    expect(await typeOf(`a,b,c\n1,2,3\n4,5,6\n${'\0'.repeat(500)}`)).toBe('text/csv');
  });

  it('never throws, whatever follows a known beginning', async () => {
    const random = seededRandom(1);
    const starts = [
      '',
      'PK\x03\x04',
      '0&\xb2u\x8ef\xcf\x11',
      '\x1aE\xdf\xa3',
      'II*\0',
      'ID3\x03\0',
      'OggS',
      'RIFF',
      '\xff\xfe',
    ];
    for (let round = 0; round < 900; round += 1) {
      const start = Buffer.from(starts[round % starts.length]!, 'latin1');
      const noise = Buffer.from(Array.from({ length: random(HEAD_BYTES) }, () => random(256)));
      const { type } = await detectType(Buffer.concat([start, noise]), random(1e9) + 1);

      expect(type).toMatch(/^[a-z]+\/[a-z0-9.+-]+$/);
    }
  });
});
