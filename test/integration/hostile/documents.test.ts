/** Documents and media made to hang, swell or reach out: rows D7, D8 and D20 of the fault catalogue. */
import { describe, expect, it } from 'vitest';
import { zipOf } from '../../support/archives.ts';
import { compoundFile } from '../../support/compound-file.ts';
import { pdf } from '../../support/documents.ts';
import { suffer } from '../../support/hostile.ts';

/** The same PDF with other words in it; lengths may change, since a damaged index is built anew. */
const changed = (bytes: Buffer, from: string | RegExp, to: string): Buffer =>
  Buffer.from(bytes.toString('latin1').replace(from, to), 'latin1');

const DOCUMENT = pdf(['One', 'Two']);

describe('a PDF', () => {
  it('D7: that declares ten thousand million pages ends soon', async () => {
    const { codes } = await suffer(pdf(['One'], { count: '9999999999' }), 'pages.pdf');

    expect(codes['document-text']).toMatch(/corrupt|over_budget/);
  });

  it.each([
    ['a page tree that is its own branch', changed(DOCUMENT, '/Kids[4 0 R', '/Kids[2 0 R')],
    ['a page whose parent is itself', changed(DOCUMENT, '/Parent 2 0 R', '/Parent 4 0 R')],
    ['a catalog that is the page tree', changed(DOCUMENT, '/Pages 2 0 R', '/Pages 1 0 R')],
    ['content that is the page', changed(DOCUMENT, '/Contents 5 0 R', '/Contents 4 0 R')],
    ['an object that is a name for itself', pdf(['One'], { more: ['6 0 R'] })],
    ['no index', changed(DOCUMENT, /xref[\s\S]*trailer/, 'trailer')],
    ['an index elsewhere', changed(DOCUMENT, /startxref\n\d+/, 'startxref\n99999999')],
    ['no end', DOCUMENT.subarray(0, DOCUMENT.length >> 1)],
    ['streams of any length', changed(DOCUMENT, /\/Length \d+/g, '/Length 999999999999')],
    ['a page as wide as a country', changed(DOCUMENT, '[0 0 200 100]', '[0 0 9e9 9e9]')],
    ['a page without a width', changed(DOCUMENT, '[0 0 200 100]', '[0 0 0 100]')],
    [
      'an image of a terapixel',
      pdf(['One'], {
        more: [
          '<</Type/XObject/Subtype/Image/Width 999999/Height 999999/BitsPerComponent 8/ColorSpace/DeviceRGB/Length 3>>\nstream\nabc\nendstream',
        ],
      }),
    ],
  ])('D7: with %s ends with an answer or a name', async (_, bytes) => {
    const { outcomes } = await suffer(bytes, 'hostile.pdf');

    expect(Object.keys(outcomes)).toEqual(
      expect.arrayContaining(['document-text', 'document-preview']),
    );
  });

  it('D8: with a password fails where its content is read, and nowhere else', async () => {
    const zeros = '00'.repeat(32);
    const more = [`<</Filter/Standard/V 1/R 2/Length 40/P -4/O<${zeros}>/U<${zeros}>>>`];
    const locked = pdf(['One'], { more, trailer: '/Encrypt 6 0 R/ID[<00><00>]' });

    const { codes } = await suffer(locked, 'locked.pdf');

    expect(codes).toEqual({ 'document-text': 'encrypted', 'document-preview': 'encrypted' });
  });
});

describe('what is locked', () => {
  it('D8: is listed as locked in a zip', async () => {
    const zip = zipOf([{ name: 'open.txt' }, { name: 'secret.txt', body: '??', encrypted: true }]);

    const { codes, results } = await suffer(zip, 'locked.zip');

    expect(codes).toEqual({});
    expect(results['archive-listing']).toMatchObject({ entries: 2, encrypted: 1 });
  });

  it('D8: is encrypted where it is an Office file with a password', async () => {
    // Such a file is not the zip it was, but lies in a container of an older kind.
    const container = compoundFile({ EncryptedPackage: Buffer.alloc(5_000) });

    const { codes } = await suffer(container, 'locked.xlsx');

    expect(codes).toEqual({ 'document-text': 'encrypted' });
  });
});

describe('a playlist', () => {
  it.each(['playlist.mp4', 'playlist.m3u8', 'playlist.avi'])(
    'D20: named %s is a text, and nothing that it names is opened',
    async (name) => {
      const playlist = [
        '#EXTM3U',
        '#EXT-X-MEDIA-SEQUENCE:0',
        '#EXTINF:1,',
        'concat:http://127.0.0.1:9/header.m3u8|file:///etc/passwd',
        'file:///etc/passwd',
        '#EXT-X-ENDLIST',
      ].join('\n');

      const { type, outcomes } = await suffer(playlist, name);

      expect(type).toMatch(/^(?:text\/|application\/vnd\.apple\.mpegurl)/);
      expect(Object.keys(outcomes)).not.toContain('media-metadata');
    },
  );
});
