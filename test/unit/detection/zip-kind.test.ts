/** Which zips are Office documents. */
import { describe, expect, it } from 'vitest';
import { detectType } from '../../../shared/detection/detect-type.ts';
import { zipOf } from '../../support/archives.ts';

const OFFICE = 'application/vnd.openxmlformats-officedocument.';

const typeOf = async (names: readonly string[], fileName?: string) => {
  const bytes = zipOf(names.map((name) => ({ name, body: 'x' })));
  return (await detectType(bytes, bytes.length, fileName)).type;
};

describe('the type of a zip', () => {
  it.each([
    ['word/document.xml', `${OFFICE}wordprocessingml.document`],
    ['xl/workbook.xml', `${OFFICE}spreadsheetml.sheet`],
    ['ppt/presentation.xml', `${OFFICE}presentationml.presentation`],
  ])(
    'with %s behind parts that all such documents have is that of the document',
    async (part, type) => {
      expect(await typeOf(['_rels/.rels', 'docProps/core.xml', part])).toBe(type);
    },
  );

  it('is decided by the name only where the entries in sight leave it open', async () => {
    expect(await typeOf(['_rels/.rels', 'docProps/app.xml'], 'book.XLSX')).toBe(
      `${OFFICE}spreadsheetml.sheet`,
    );
    expect(await typeOf(['_rels/.rels', 'word/document.xml'], 'book.xlsx')).toBe(
      `${OFFICE}wordprocessingml.document`,
    );
  });

  it('is told by parts that no other zip has, where what is common to all comes last', async () => {
    expect(await typeOf(['word/numbering.xml', 'word/settings.xml'])).toBe(
      `${OFFICE}wordprocessingml.document`,
    );
    expect(await typeOf(['xl/drawings/drawing1.xml'])).toBe(`${OFFICE}spreadsheetml.sheet`);
    expect(await typeOf(['word/settings.txt'])).toBe('application/zip');
  });

  it('is that of a book or an OpenDocument file by the name, where its first entry does not tell', async () => {
    const names = ['META-INF/container.xml', 'book.opf'];

    expect(await typeOf(names, 'a.epub')).toBe('application/epub+zip');
    expect(await typeOf(['content.xml'], 'a.ODS')).toBe(
      'application/vnd.oasis.opendocument.spreadsheet',
    );
    expect(await typeOf(names, 'a.zip')).toBe('application/zip');
    expect(await typeOf(['a.txt'], 'a.epub')).toBe('application/zip');
  });

  it('stays that of a zip when nothing in sight is of an Office document', async () => {
    expect(await typeOf(['word/notes.txt', 'readme.md'], 'words.docx')).toBe('application/zip');
    expect(await typeOf(['_rels/.rels'], 'words.txt')).toBe('application/zip');
  });
});
