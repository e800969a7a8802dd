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
    const verses = 'One, two, three.\nFour, five, six.\n';
    expect(await typeOf(verses, 'a.txt')).toBe('text/plain');
    expect(await typeOf(verses)).toBe('text/csv');
    expect(await typeOf('1,2,3\n4,5,6\n', 'a.txt')).toBe('text/csv');
  });

  it.each(['a.png', 'a.svg', 'a.mp3', 'a.pdf'])(
    '%s does not make text more than text',
    async (name) => {
      expect(await typeOf('just text', name)).toBe('text/plain');
    },
  );

  it('make JSON of one number, word or string, and of no other text', async () => {
    for (const text of ['42', ' -1.5e3\n', 'null', '"a, b"']) {
      expect(await typeOf(text, 'a.json')).toBe('application/json');
      expect(await typeOf(text, 'a.txt')).toBe('text/plain');
    }
    for (const text of ['hello', 'nulls', '042', '"a" "b"']) {
      expect(await typeOf(text, 'a.json')).toBe('text/plain');
    }
  });

  it('tell XML from HTML where only the root could, unless it would run as a page', async () => {
    expect(await typeOf('<a><b/></a>', 'a.xml')).toBe('application/xml');
    expect(await typeOf('<a><b/></a>', 'a.txt')).toBe('text/html');
    expect(await typeOf('<form:form xmlns:form="urn:f"/>')).toBe('application/xml');
    for (const root of ['html', 'BODY', 'script', 'iframe']) {
      expect(await typeOf(`<${root}><p/></${root}>`, 'a.xml')).toBe('text/html');
    }
  });

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
    [
      'the last part of a zip in several',
      Buffer.from('504b0708504b0304', 'hex'),
      'application/zip',
    ],
    ['an archive of xar', Buffer.from('78617221001c0001', 'hex'), 'application/x-xar'],
    ['a Word document of 1991', Buffer.from('dba52d0078400908', 'hex'), 'application/msword'],
    [
      'an archive of ar',
      Buffer.from('!<arch>\nnotes.txt/      0           0     0     644     4         `\ntext\n'),
      'application/x-archive',
    ],
    ['LZMA alone', Buffer.from('5d00008000ffffffffffffffff003a1d', 'hex'), 'application/x-lzma'],
    [
      'what only begins like LZMA',
      Buffer.from('5d00008100ffffffffffffffff003a1d', 'hex'),
      'application/octet-stream',
    ],
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

describe('pictures of scanners, cameras, films and telescopes', () => {
  const targa = Buffer.alloc(2_000, 0x80);
  targa.set([0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 50, 0, 24, 0]);
  const pcx = Buffer.alloc(200);
  pcx.set([10, 5, 1, 8, 0, 0, 0, 0, 99, 0, 49, 0]);

  it.each([
    [
      'Netpbm in letters',
      Buffer.from('P1\n# made here\n3 2\n1 0 1 0 1 0\n'),
      'image/x-portable-bitmap',
    ],
    ['a greymap', Buffer.from('P5 3 2 255\n\0\x01\x02\x03\x04\x05'), 'image/x-portable-graymap'],
    [
      'a pixmap that looks like text',
      Buffer.from('P6\n2 1\n255\nabcdef'),
      'image/x-portable-pixmap',
    ],
    ['PAM', Buffer.from('P7\nWIDTH 3\nHEIGHT 2\n'), 'image/x-portable-arbitrarymap'],
    ['FITS', Buffer.from('SIMPLE  =                    T'.padEnd(80)), 'image/fits'],
    ['OpenEXR', Buffer.from('762f310102000000', 'hex'), 'image/x-exr'],
    ['PCX', pcx, 'image/x-pcx'],
    ['Targa', targa, 'image/x-tga'],
  ])('%s', async (_, bytes, type) => {
    expect(await typeOf(bytes)).toBe(type);
  });

  it('are not seen in prose and tables about them', async () => {
    expect(await typeOf('P5 is a greymap, and 255 is its usual maximum.\n')).toBe('text/plain');
    expect(await typeOf('P1,3,2\nP2,4,5\nP3,6,7\n')).toBe('text/csv');
    expect(await typeOf('SIMPLE is better than complex.\n')).toBe('text/plain');
  });

  it('Targa is told apart from other small numbers by each of its fields', async () => {
    for (const [at, wrong] of [
      [1, 1],
      [2, 7],
      [7, 24],
      [12, 0],
      [16, 23],
      [17, 0xc0],
    ] as const) {
      const bytes = Buffer.from(targa);
      bytes[at] = wrong;
      expect(await typeOf(bytes), `byte ${at}`).not.toBe('image/x-tga');
    }
  });
});

describe('sounds that file-type does not know', () => {
  it.each([
    ['caff\0\x01\0\0desc', 'audio/x-caf'],
    ['RF64\xff\xff\xff\xffWAVEds64', 'audio/wav'],
    ['BW64\xff\xff\xff\xffWAVEds64', 'audio/wav'],
    ['RF64\xff\xff\xff\xffWAVEfmt ', 'application/octet-stream'],
  ])('%j', async (start, type) => {
    expect(await typeOf(Buffer.from(`${start}\0\0\0\0`, 'latin1'))).toBe(type);
  });
});

describe('what stands in front', () => {
  const tags = (length: number): Buffer =>
    Buffer.concat([
      Buffer.from('ID3\x03\0\0\0\0', 'latin1'),
      Buffer.from([length >> 7, length & 127]),
      Buffer.alloc(length),
    ]);

  it('of a PDF may be blank lines, or what a mail program wrote', async () => {
    expect(await typeOf('\n\n%PDF-1.4\n1 0 obj\n')).toBe('application/pdf');
    expect(await typeOf('Content-Type: application/pdf\r\n\r\n%PDF-1.4\n')).toBe('application/pdf');
    expect(await typeOf('A file begins with %PDF-1.4, always.\n')).toBe('text/plain');
  });

  it('of FLAC and AAC may be the tags of MP3', async () => {
    const flac = Buffer.concat([tags(100), Buffer.from('fLaC')]);
    const aac = Buffer.concat([tags(100), Buffer.from('fff15080', 'hex')]);
    const mp3 = Buffer.concat([tags(100), Buffer.from('fffb9064', 'hex')]);

    expect(await typeOf(flac, 'song.mp3')).toBe('audio/flac');
    expect(await typeOf(aac)).toBe('audio/aac');
    expect(await typeOf(mp3, 'song.flac')).toBe('audio/mpeg');
    // Where the sound is out of sight, the name tells.
    expect(await typeOf(tags(5_000), 'song.flac')).toBe('audio/flac');
    expect(await typeOf(tags(5_000), 'song.wav')).toBe('audio/mpeg');
  });

  it('of Zstandard and LZ4 may be frames that are for others', async () => {
    const skipped = Buffer.from('512a4d1804000000616263645e2a4d180100000061', 'hex');
    const zstd = Buffer.from('28b52ffd2000010000', 'hex');
    const lz4 = Buffer.from('04224d186040820000000000', 'hex');

    expect(await typeOf(Buffer.concat([skipped, zstd]))).toBe('application/zstd');
    expect(await typeOf(Buffer.concat([skipped, lz4]))).toBe('application/x-lz4');
    // The rest is out of sight.
    expect(await typeOf(Buffer.from('502a4d1800100000616263640000', 'hex'))).toBe(
      'application/zstd',
    );
    expect(await typeOf(Buffer.from('602a4d180000000028b52ffd', 'hex'))).toBe(
      'application/octet-stream',
    );
  });

  it('of UTF-32 is a mark that is none of MPEG audio, and neither are ones alone', async () => {
    const utf32 = Buffer.concat([Buffer.from('fffe0000', 'hex'), Buffer.from('t\0\0\0e\0\0\0')]);

    expect(await typeOf(utf32)).toBe('application/octet-stream');
    expect(await typeOf(Buffer.alloc(5_000, 0xff))).not.toBe('audio/mpeg');
  });
});
