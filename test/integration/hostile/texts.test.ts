/** Texts, tables, JSON and XML made to confuse who reads them: rows D1 to D4, D9, D13 to D15, D18 and D19. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { docx } from '../../support/documents.ts';
import { EICAR } from '../../support/eicar.ts';
import { suffer } from '../../support/hostile.ts';
import { createMemoryWorld, drain } from '../../support/memory-world.ts';

describe('a file that is not what it says', () => {
  it('D1: may be empty, whatever its name', async () => {
    for (const name of [
      'empty.csv',
      'empty.jpg',
      'empty.json',
      'empty.zip',
      'empty.pdf',
      'empty',
    ]) {
      const { state, results } = await suffer('', name);

      expect(state, name).toBe('completed');
      expect(results['sha256-digest'], name).toMatchObject({ bytes: 0 });
    }
  });

  it('D2: is rejected without a look at its bytes when its size is another, or too large', async () => {
    for (const [limit, code] of [
      [1024, 'size_mismatch'],
      [8, 'too_large'],
    ] as const) {
      const world = createMemoryWorld({ maxObjectBytes: limit });
      const { id } = await world.announce('0123456789');
      // As a signed PUT could, which no policy bounds.
      world.put(`incoming/acme/${id}`, '0123456789abcdef');
      await drain(world);

      expect(await world.store.find(id)).toMatchObject({ state: 'rejected', failure: { code } });
      expect(world.objects.results().size).toBe(0);
    }
  });

  it('D3: is treated as its bytes are, and its name is told apart', async () => {
    const csv = `id,name,town\n${'1,a,x\n'.repeat(20)}`;
    const png = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.alloc(64)]);

    const table = await suffer(csv, 'table.jpg');
    const picture = await suffer(png, 'picture.csv');

    expect(table.type).toBe('text/csv');
    expect(table.results['table-profile']).toMatchObject({ records: 21 });
    expect(table.results['type-verdict']).toMatchObject({ name: 'differs', verdict: 'relabel' });
    expect(picture.type).toBe('image/png');
    expect(picture.codes).toMatchObject({ 'image-metadata': 'corrupt' });
    expect(Object.keys(picture.outcomes)).not.toContain('table-profile');
  });

  it('D4: is a table also where its byte-order mark looks like sound', async () => {
    const text = '\ufeffid;name\r\n1;Zoë\r\n2;Bob\r\n';

    const { type, results } = await suffer(Buffer.from(text, 'utf16le'), 'wide.csv');

    expect(type).toBe('text/csv');
    expect(results['table-profile']).toMatchObject({
      encoding: 'utf-16le',
      records: 3,
      delimiter: ';',
    });
  });
});

const LAUGHS = `<!DOCTYPE a [<!ENTITY l "ha">${Array.from(
  { length: 9 },
  (_, at) => `<!ENTITY l${at} "${`&l${at === 0 ? '' : at - 1};`.repeat(10)}">`,
).join('')}]><a>&l8;</a>`;
const QUADRATIC = `<!DOCTYPE a [<!ENTITY l "${'x'.repeat(50_000)}">]><a>${'&l;'.repeat(5_000)}</a>`;
const OUTSIDE = '<!DOCTYPE a [<!ENTITY l SYSTEM "file:///etc/passwd">]><a>&l;</a>';
const PARAMETER =
  '<!DOCTYPE a [<!ENTITY % p SYSTEM "http://127.0.0.1:9/x.dtd">%p;]><a>&leaked;</a>';
const INCLUDED =
  '<list xmlns:xi="http://www.w3.org/2001/XInclude"><xi:include parse="text" href="file:///etc/passwd"/></list>';

describe('XML that reaches out or grows', () => {
  it('D9: is refused where it declares entities, in XML and in SVG', async () => {
    for (const text of [LAUGHS, QUADRATIC, OUTSIDE, PARAMETER]) {
      const { codes } = await suffer(`<?xml version="1.0"?>${text}`, 'hostile.xml');
      expect(codes).toMatchObject({ 'xml-check': 'unsupported' });

      const svg = text.replaceAll('<a>', '<svg xmlns="http://www.w3.org/2000/svg"><text>');
      const drawn = await suffer(
        svg.replaceAll('</a>', '</text></svg>').replace('DOCTYPE a', 'DOCTYPE svg'),
        'hostile.svg',
      );
      expect(drawn.codes).toMatchObject({ 'image-thumbnail': 'unsupported' });
    }
  });

  it('D9: includes nothing', async () => {
    const { codes, results } = await suffer(INCLUDED, 'include.xml');

    expect(codes).toEqual({});
    expect(results['xml-check']).toMatchObject({ elements: 2, outsideReferences: 1 });
  });

  it('D9: is refused inside of office documents', async () => {
    const document = docx('', { 'word/document.xml': OUTSIDE.replaceAll('a>', 'w:document>') });

    expect((await suffer(document, 'hostile.docx')).codes).toMatchObject({
      'document-text': expect.stringMatching(/unsupported|corrupt/),
    });
  });
});

describe('tables', () => {
  it('D13: keep formulas as the text that they are', async () => {
    const cells = ['=1+1', '+1', '-cmd', '@SUM(A1)', '\tx', '=HYPERLINK(""http://x"")'];
    const rows = cells.map((cell, at) => `${at},"${cell}"`).join('\n');

    const found = await suffer(`id,cell\n${rows}\n`, 'formulas.csv');

    expect(found.results['table-profile']).toMatchObject({ records: 7, columns: 2, ragged: 0 });
    expect(JSON.stringify(found.results['table-profile'])).toContain('=1+1');
  });

  it.each([
    ['with a byte-order mark', Buffer.from('\ufeffid,name\n1,a\n2,b\n'), { records: 3, bom: true }],
    [
      'in UTF-16, big end first',
      Buffer.from('\ufeffid,name\n1,a\n2,b\n', 'utf16le').swap16(),
      { records: 3 },
    ],
    [
      'in Latin-1',
      Buffer.from('id,name\n1,Zoë\n2,Jürgen\n3,Ångström\n', 'latin1'),
      { records: 4, encoding: 'windows-1252' },
    ],
    ['with carriage returns alone', Buffer.from('id,name\r1,a\r2,b\r'), { records: 3 }],
    ['with semicolons', Buffer.from('id;name\n1;a,b\n2;c,d\n'), { records: 3, delimiter: ';' }],
    ['with a quote that never ends', Buffer.from('id,name\n1,a\n2,"b\n3,c\n4,d\n'), { columns: 2 }],
    ['with NUL bytes', Buffer.from('id,name\n1,a\0\n2,b\n3,c\n'), { records: 4, nulBytes: 1 }],
    ['that are ragged', Buffer.from('id,name,x\n1,a\n2,b,c,d\n3,c,1\n'), { records: 4, ragged: 2 }],
    [
      'of 126 columns',
      Buffer.from(`${Array(126).fill('a').join()}\n${Array(126).fill('1').join()}\n`),
      { columns: 126 },
    ],
    [
      'with a field of a megabyte',
      Buffer.from(`id,name\n1,"${'x'.repeat(1024 ** 2)}"\n2,b\n`),
      { records: 3 },
    ],
  ] as const)('D14: may be %s', async (_, bytes, shape) => {
    expect((await suffer(bytes, 'odd.csv')).results['table-profile']).toMatchObject(shape);
  });
});

describe('JSON', () => {
  it('D15: may nest for ever, repeat its keys, cut its characters in two, or start with a mark', async () => {
    const deep = await suffer('['.repeat(100_000), 'deep.json');
    const twice = await suffer('{"a":1,"a":2,"__proto__":{"polluted":1}}', 'twice.json');
    const halves = await suffer('["\\ud800", "\\udc00\\ud800"]', 'halves.json');
    const marked = await suffer('\ufeff{"a":1}', 'marked.json');

    expect(deep.codes).toEqual({ 'json-check': 'over_budget' });
    expect(twice.results['json-check']).toMatchObject({ duplicateKeys: 1 });
    expect(halves.results['json-check']).toMatchObject({ counts: { string: 2 } });
    expect(marked.results['json-check']).toMatchObject({ bom: true });
  });
});

/** Two blocks that are different and have the same MD5, found by Xiaoyun Wang and others in 2004. */
const TWINS = [
  ['87', '71', 'f2', 'b4', 'a8', '2b'],
  ['07', 'f1', '72', '34', '28', 'ab'],
].map(([a, b, c, d, e, f]) =>
  Buffer.from(
    `d131dd02c5e6eec4693d9a0698aff95c2fcab5${a}12467eab4004583eb8fb7f8955ad340609f4b30283e4888325${b}415a085125e8f7cdc99fd91dbd${c}80373c5b` +
      `d8823e3156348f5bae6dacd436c919c6dd53e2${d}87da03fd02396306d248cda0e99f33420f577ee8ce54b67080${e}0d1ec69821bcb6a8839396f965${f}6ff72a70`,
    'hex',
  ),
);

describe('twins', () => {
  it('D18: with one MD5 stay two files', async () => {
    const md5 = TWINS.map((bytes) => createHash('md5').update(bytes).digest('hex'));
    expect(new Set(md5).size).toBe(1);

    const digests = [];
    for (const bytes of TWINS) {
      digests.push((await suffer(bytes, 'twin.bin')).results['sha256-digest']?.sha256);
    }

    expect(new Set(digests).size).toBe(2);
  });
});

describe('malware', () => {
  it('D19: is processed where there is no scanner, and the status says that nobody looked', async () => {
    const { state, outcomes } = await suffer(EICAR, 'eicar.com');

    expect(state).toBe('completed');
    expect(outcomes['malware-scan']).toMatchObject({ state: 'skipped', code: 'not_configured' });
  });

  it('D19: in the macros of a document is flagged', async () => {
    const document = docx('<w:p/>', { 'word/vbaProject.bin': 'macros' });

    expect((await suffer(document, 'macros.docx')).results['document-text']).toMatchObject({
      macros: true,
    });
  });
});
