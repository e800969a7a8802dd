/** What document-text reads from OpenDocument files, books and rich text made here, and which it refuses. */
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../../shared/domain/budget.ts';
import { documentText } from '../../../shared/processors/document-text.ts';
import { zipOf } from '../../support/archives.ts';
import { epub, odp, ods, odt } from '../../support/open-documents.ts';
import { processorInput } from '../../support/processor-input.ts';

const OASIS = 'application/vnd.oasis.opendocument.';
const BOOK = 'application/epub+zip';
const RICH = 'application/rtf';

const read = async (type: string, bytes: Buffer, budget: Partial<Budget> = {}) => {
  const { input, files } = processorInput(documentText, bytes, { type, budget });
  const result = (await documentText.run(input)) as Record<string, unknown>;
  return { result, text: files.get('text.txt')?.bytes.toString() };
};

const cell = (text: string, attributes = ''): string =>
  `<table:table-cell ${attributes}><text:p>${text}</text:p></table:table-cell>`;
const row = (cells: string, attributes = ''): string =>
  `<table:table-row ${attributes}>${cells}</table:table-row>`;

describe('document-text of an OpenDocument text', () => {
  it('writes paragraphs and headings, with the blanks that they show', async () => {
    const body =
      '<text:h>Head</text:h>\n<text:p>One\n  two<text:s text:c="2"/><text:tab/>three<text:line-break/>four</text:p>';

    const { result, text } = await read(`${OASIS}text`, odt(body));

    expect(text).toBe('Head\nOne two  \tthree\nfour\n');
    expect(result).toMatchObject({
      format: 'odt',
      title: 'A title',
      author: 'Somebody',
      sheets: null,
      slides: null,
      macros: false,
      parts: 3,
    });
  });

  it('leaves out remarks, notes and what was deleted', async () => {
    const body =
      '<text:tracked-changes><text:p>gone</text:p></text:tracked-changes><text:p>here<office:annotation><text:p>remark</text:p></office:annotation><text:note><text:p>note</text:p></text:note>.</text:p>';

    expect((await read(`${OASIS}text`, odt(body))).text).toBe('here.\n');
  });

  it('D19: flags macros', async () => {
    const { result } = await read(
      `${OASIS}text`,
      odt('<text:p/>', { 'Basic/Standard/a.xml': 'x' }),
    );

    expect(result).toMatchObject({ macros: true });
  });

  it('D8: says encrypted when its manifest tells of a key, under the document type of old writers', async () => {
    const manifest =
      '<!DOCTYPE manifest:manifest PUBLIC "-//OpenOffice.org//DTD Manifest 1.0//EN" "Manifest.dtd"><m:manifest xmlns:m="m"><m:file-entry><m:encryption-data/></m:file-entry></m:manifest>';
    const locked = odt('', { 'META-INF/manifest.xml': manifest, 'content.xml': 'noise' });

    await expect(read(`${OASIS}text`, locked)).rejects.toMatchObject({ code: 'encrypted' });
  });

  it('D9: refuses markup that declares its own', async () => {
    const declared = odt('', { 'content.xml': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' });

    await expect(read(`${OASIS}text`, declared)).rejects.toMatchObject({ code: 'unsupported' });
  });

  it('says corrupt without its content', async () => {
    await expect(
      read(`${OASIS}text`, zipOf([{ name: 'mimetype', body: `${OASIS}text` }])),
    ).rejects.toMatchObject({ code: 'corrupt' });
  });
});

describe('document-text of OpenDocument sheets and slides', () => {
  it('writes each row as a line, as often as it is shown', async () => {
    const rows = `${row(cell('a') + cell('b', 'table:number-columns-repeated="2"'))}${row('<table:table-cell/>', 'table:number-rows-repeated="3"')}${row(cell('<text:span>c</text:span>'), 'table:number-rows-repeated="2"')}`;

    const { result, text } = await read(
      `${OASIS}spreadsheet`,
      ods({
        Prices: rows,
        Empty: row('<table:table-cell/>', 'table:number-rows-repeated="1048576"'),
      }),
    );

    expect(text).toBe('a\tb\tb\nc\nc\n\f');
    expect(result).toMatchObject({
      format: 'ods',
      sheets: 2,
      sheetRows: [
        { name: 'Prices', rows: 6 },
        { name: 'Empty', rows: 0 },
      ],
    });
  });

  it('D5: stops at the text that a few repeated rows come to', async () => {
    const bomb = row(
      cell('x'.repeat(50), 'table:number-columns-repeated="16384"'),
      'table:number-rows-repeated="1048576"',
    );

    await expect(
      read(`${OASIS}spreadsheet`, ods({ Bomb: bomb }), { bytesOut: 2 * 1024 ** 2 }),
    ).rejects.toMatchObject({ code: 'over_budget' });
  });

  it('keeps slides apart, and leaves out their notes', async () => {
    const notes = '<presentation:notes><text:p>note</text:p></presentation:notes>';

    const { result, text } = await read(
      `${OASIS}presentation`,
      odp(`<text:p>One</text:p>${notes}`, '<text:p>Two</text:p>'),
    );

    expect(text).toBe('One\n\fTwo\n');
    expect(result).toMatchObject({ format: 'odp', slides: 2, sheets: null });
  });
});

describe('document-text of a book', () => {
  it('reads chapters in the order of the spine, and what blocks and entities show', async () => {
    const { result, text } = await read(
      BOOK,
      epub(['<h1>One</h1><p>a&nbsp;b &unknown;</p>', '<p>two<br/>lines</p><script>no</script>']),
    );

    expect(text).toBe('One\na\u00a0b &unknown;\n\ftwo\nlines\n');
    expect(result).toMatchObject({
      format: 'epub',
      title: 'A book',
      author: 'Somebody',
      chapters: 2,
      unreadable: 0,
    });
  });

  it('counts chapters that are damaged, and says corrupt when all are', async () => {
    const { result, text } = await read(BOOK, epub(['<p>good</p>', '<p>bad']));

    expect(text).toBe('good\n\fbad\n');
    expect(result).toMatchObject({ chapters: 2, unreadable: 1 });
    await expect(read(BOOK, epub(['<p>bad']))).rejects.toMatchObject({ code: 'corrupt' });
  });

  it('D8: says encrypted when a chapter needs a key', async () => {
    const encryption =
      '<encryption><EncryptedData><CipherData><CipherReference URI="book/chapter%201.xhtml"/></CipherData></EncryptedData></encryption>';

    await expect(
      read(BOOK, epub(['<p>x</p>'], { 'META-INF/encryption.xml': encryption })),
    ).rejects.toMatchObject({ code: 'encrypted' });
  });
});

describe('document-text of rich text', () => {
  const rich = (body: string): Buffer =>
    Buffer.from(`{\\rtf1\\ansi\\ansicpg1252 ${body}}`, 'latin1');

  it('writes what is shown, and tells title and author', async () => {
    const { result, text } = await read(
      RICH,
      rich(
        "{\\fonttbl{\\f0 Arial;}}{\\info{\\title A title}{\\author Some\\'e9}}\\pard One\\par {\\b two}\\tab \\{three\\}\\line\\~\\emdash",
      ),
    );

    expect(text).toBe('One\ntwo\t{three}\n\u00a0—');
    expect(result).toMatchObject({ format: 'rtf', title: 'A title', author: 'Someé' });
  });

  it('reads characters by the code page of their font, and by their numbers', async () => {
    const fonts = '{\\fonttbl{\\f0\\fcharset0 A;}{\\f1\\fcharset204 B;}{\\f2\\fcharset128 C;}}';

    const { text } = await read(
      RICH,
      rich(`${fonts}\\f0\\'e4{\\f1\\'e4}\\'e4{\\f2\\'82\\'a0}\\u8364?\\uc0\\u-10179\\u-8704`),
    );

    expect(text).toBe('äдäあ€\u{1f600}');
  });

  it('leaves out pictures, binary bytes, fields and destinations that it does not know', async () => {
    const { text } = await read(
      RICH,
      rich(
        'a{\\pict 89504e47}{\\*\\unknown b}{\\field{\\*\\fldinst LINK}{\\fldrslt c}}\\bin3 }}}d',
      ),
    );

    expect(text).toBe('acd');
  });

  it.each([
    ['a group that is never closed', rich('{\\b text').subarray(0, -1), 'corrupt'],
    ['what is no rich text', Buffer.from('text'), 'corrupt'],
    ['groups without end', rich('{'.repeat(10_000)), 'over_budget'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(read(RICH, bytes)).rejects.toMatchObject({ code });
  });
});
