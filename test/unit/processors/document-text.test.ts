/** What document-text reads from documents made here, and which it refuses. */
import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../../shared/domain/budget.ts';
import { documentText } from '../../../shared/processors/document-text.ts';
import { zipOf } from '../../support/archives.ts';
import { docx, pdf, pptx, xlsx } from '../../support/documents.ts';
import { processorInput } from '../../support/processor-input.ts';

const OFFICE = 'application/vnd.openxmlformats-officedocument.';
const WORD = `${OFFICE}wordprocessingml.document`;
const EXCEL = `${OFFICE}spreadsheetml.sheet`;
const SLIDES = `${OFFICE}presentationml.presentation`;
const PDF = 'application/pdf';

const read = async (type: string, bytes: Buffer, budget: Partial<Budget> = {}) => {
  const { input, files } = processorInput(documentText, bytes, { type, budget });
  const result = (await documentText.run(input)) as Record<string, unknown>;
  return { result, text: files.get('text.txt')?.bytes.toString() };
};

describe('document-text of a PDF', () => {
  it('writes the text page by page, and tells pages and their size', async () => {
    const { result, text } = await read(PDF, pdf(['First page', 'Second page']));

    expect(text).toBe('First page\fSecond page');
    expect(result).toMatchObject({
      format: 'pdf',
      pages: 2,
      pageSize: { width: 200, height: 100 },
      encrypted: false,
      scripts: false,
      repaired: false,
      unreadable: 0,
      characters: 19,
      file: 'text.txt',
    });
  });

  it('tells what the document says about itself', async () => {
    const more = [
      '<</Title(A title)/Author(Somebody)/Producer(A printer)/CreationDate(D:20240102)>>',
    ];
    const { result } = await read(PDF, pdf(['Hello'], { more, trailer: '/Info 6 0 R' }));

    expect(result).toMatchObject({
      title: 'A title',
      author: 'Somebody',
      producer: 'A printer',
      created: 'D:20240102',
    });
  });

  it('reads what was filled into fields and typed onto the page, as far as it is shown', async () => {
    const rect = '/Type/Annot/Rect[0 0 90 20]';
    const more = [
      `<<${rect}/Subtype/Widget/FT/Tx/T(name)/V(Alice)>>`,
      `<<${rect}/Subtype/Widget/FT/Ch/T(town)/V[(Rome)(Paris)]/Opt[(Rome)(Paris)]/Ff 2097152>>`,
      `<<${rect}/Subtype/FreeText/Contents(typed)/DA(/F1 9 Tf)>>`,
      `<<${rect}/Subtype/Widget/FT/Tx/T(secret)/V(unseen)/F 2>>`,
      `<<${rect}/Subtype/Text/Contents(a remark)>>`,
    ];
    const page = '/Annots[6 0 R 7 0 R 8 0 R 9 0 R 10 0 R]';
    const catalog = '/AcroForm<</Fields[6 0 R 7 0 R 9 0 R]>>';

    const { text } = await read(PDF, pdf(['Form'], { more, page, catalog }));

    expect(text).toBe('Form\ntyped\nAlice\nRome\nParis');
  });

  it('leaves out text that lies outside of the crop box, which no reader shows', async () => {
    // The line starts at 10, 50.
    const cropped = (box: string) => read(PDF, pdf(['Hello'], { page: `/CropBox[${box}]` }));

    expect((await cropped('0 60 200 100')).text).toBeUndefined();
    expect((await cropped('0 40 200 100')).text).toBe('Hello');
  });

  it('tells that it runs scripts', async () => {
    const catalog = '/OpenAction<</S/JavaScript/JS(app.alert\\(1\\))>>';

    expect((await read(PDF, pdf(['Hello'], { catalog }))).result).toMatchObject({ scripts: true });
  });

  it('writes no file without a text', async () => {
    const { result, text } = await read(PDF, pdf(['']));

    expect(text).toBeUndefined();
    expect(result).toMatchObject({ pages: 1, characters: 0, file: null });
  });

  it('refuses compression that the standard does not have', async () => {
    const more = ['<</Length 2/Filter/BrotliDecode>>\nstream\nab\nendstream'];

    await expect(read(PDF, pdf(['Hello'], { more }))).rejects.toMatchObject({
      code: 'unsupported',
    });
  });

  it('stops at the budget of pages and of text', async () => {
    const lines = Array.from({ length: 12 }, (_, index) => `Page ${index}`);

    await expect(read(PDF, pdf(lines), { pages: 10 })).rejects.toMatchObject({
      code: 'over_budget',
    });
    await expect(read(PDF, pdf(lines), { bytesOut: 20 })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('D7: stops a small file that says the same over and over', async () => {
    const form = (resources: string, content: string): string =>
      `<</Type/XObject/Subtype/Form/BBox[0 0 200 100]/Resources<<${resources}>>/Length ${content.length}>>\nstream\n${content}\nendstream`;
    const twenty = '/X Do '.repeat(20);
    const more = [
      form('/XObject<</X 7 0 R>>', twenty),
      form('/XObject<</X 8 0 R>>', twenty),
      form(
        '/Font<</F1 3 0 R>>',
        `BT /F1 9 Tf ${'1 0 0 1 10 50 Tm (over and over) Tj '.repeat(100)}ET`,
      ),
    ];
    const bomb = pdf(['Hello'], {
      more,
      resources: '/XObject<</X 6 0 R>>',
      content: twenty,
    });

    await expect(read(PDF, bomb)).rejects.toMatchObject({
      code: 'over_budget',
      message: expect.stringContaining('expansion'),
    });
  });

  it('D7: does not unpack a stream beyond the memory there is', async () => {
    const twice = deflateSync(deflateSync(Buffer.alloc(200_000_000, ' '))).toString('latin1');
    const more = [
      `<</Filter[/FlateDecode/FlateDecode]/Length ${twice.length}>>\nstream\n${twice}\nendstream`,
    ];
    const bomb = pdf(['Hello'], { more, page: '/Contents 6 0 R' });

    await expect(read(PDF, bomb)).rejects.toMatchObject({
      code: 'over_budget',
      message: expect.stringContaining('memory'),
    });
  });

  it('D7: gives no page more time than a page may take', async () => {
    const nested = pdf(['Hello'], { content: ' q'.repeat(50_000) });

    await expect(read(PDF, nested, { wallSeconds: 1 })).rejects.toMatchObject({
      code: 'over_budget',
      message: expect.stringContaining('1 second'),
    });
  });

  it('D7: does not count to the end of a page tree that lies', async () => {
    const error = await read(PDF, pdf(['Hello'], { count: '9999999999' })).catch((e) => e);

    expect(error).toMatchObject({ retryable: false });
  });
});

describe('document-text of an Office document', () => {
  it('reads the paragraphs of a Word document', async () => {
    const body =
      '<w:p><w:r><w:t>One</w:t><w:tab/><w:t xml:space="preserve"> two</w:t></w:r></w:p>' +
      '<w:p><w:del><w:delText>gone</w:delText></w:del><w:r><w:t>thr&#233;e</w:t><w:br/></w:r></w:p>' +
      '<m:Fallback xmlns:m="m"><w:p><w:r><w:t>again</w:t></w:r></w:p></m:Fallback>';

    const { result, text } = await read(WORD, docx(body));

    expect(text).toBe('One\t two\nthrée\n\n');
    expect(result).toMatchObject({
      format: 'docx',
      title: 'A title',
      pages: null,
      sheets: null,
      slides: null,
      macros: false,
      parts: 3,
      characters: 11,
    });
  });

  it('reads the sheets of a workbook, with the strings that cells share', async () => {
    const book = xlsx(
      {
        Prices:
          '<row r="1"><c t="s"><v>1</v></c><c t="inlineStr"><is><t>b</t></is></c></row>' +
          '<row r="4"><c><f>1+1</f><v>2</v></c></row>',
        Empty: '',
      },
      ['<t>zero</t>', '<r><t>o</t></r><r><t>ne</t></r><rPh><t>wan</t></rPh>'],
    );

    const { result, text } = await read(EXCEL, book);

    expect(text).toBe('one\tb\n2\n\f');
    expect(result).toMatchObject({
      format: 'xlsx',
      sheets: 2,
      sheetRows: [
        { name: 'Prices', rows: 4 },
        { name: 'Empty', rows: 0 },
      ],
    });
  });

  it('reads slides in the order in which they are shown', async () => {
    const { result, text } = await read(SLIDES, pptx('One', 'Two', 'Three'));

    expect(text).toBe('One\n\fTwo\n\fThree\n');
    expect(result).toMatchObject({ format: 'pptx', slides: 3 });
  });

  it.each([
    ['document', WORD, docx('<w:p/>', { 'word/vbaProject.bin': 'code' })],
    ['workbook', EXCEL, xlsx({ One: '' }, [], { 'xl/vbaProject.bin': 'code' })],
  ])('D19: flags macros of a %s', async (_, type, bytes) => {
    expect((await read(type, bytes)).result).toMatchObject({ macros: true });
  });

  it.each([
    ['a part that is not well-formed', docx('<w:p>'), 'corrupt'],
    ['no main part', docx('', { '[Content_Types].xml': '<Types/>' }), 'corrupt'],
    [
      'entities',
      docx('', { 'word/document.xml': '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>' }),
      'unsupported',
    ],
    ['a part that is not text', docx('', { 'docProps/core.xml': '\xff\xfe<' }), 'corrupt'],
    [
      'a part that is encrypted',
      zipOf([{ name: '[Content_Types].xml', body: '<Types/>', encrypted: true }]),
      'encrypted',
    ],
    ['elements without end', docx('<a>'.repeat(2_000)), 'over_budget'],
  ])('refuses %s', async (_, bytes, code) => {
    await expect(read(WORD, bytes)).rejects.toMatchObject({ code });
  });

  it.each(['says so itself, without unpacking it', 'says that it has a byte'])(
    'stops at a part that expands too far and %s',
    async (says) => {
      const types = `<Types><Override PartName="/word/document.xml" ContentType="${WORD}.main+xml"/></Types>`;
      const bytes = 8 * 1024 ** 2 + '<a></a>'.length;
      const packed = zipOf([
        { name: '[Content_Types].xml', body: types, deflated: true },
        { name: 'word/document.xml', body: `<a>${' '.repeat(8 * 1024 ** 2)}</a>`, deflated: true },
      ]);
      if (says === 'says that it has a byte') {
        const size = Buffer.alloc(4);
        size.writeUInt32LE(bytes);
        packed.writeUInt32LE(1, packed.lastIndexOf(size));
      } else {
        // What it holds cannot be unpacked, which nobody is to find out.
        const name = 'word/document.xml';
        const at = packed.indexOf(name) + name.length;
        packed.fill(0xff, at, at + 64);
      }

      await expect(read(WORD, packed)).rejects.toMatchObject({ code: 'over_budget' });
    },
  );
});
