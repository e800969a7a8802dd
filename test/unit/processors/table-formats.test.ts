import { describe, expect, it } from 'vitest';
import { EXCEL_TYPES } from '../../../shared/processors/table/sheet.ts';
import type { TableSummary } from '../../../shared/processors/table/summary.ts';
import { codeOf, FEW, profileTable, typesOf } from '../../support/profiled-table.ts';
import { rowsXml, type SheetOptions, workbook } from '../../support/tables.ts';

const LINES = 'application/x-ndjson';
const [SHEET] = EXCEL_TYPES;
const lines = (...values: readonly unknown[]) =>
  profileTable(Buffer.from(values.map((value) => JSON.stringify(value)).join('\n')), LINES);

const sheet = (
  rows: Parameters<typeof rowsXml>[0],
  options?: SheetOptions,
): Promise<TableSummary> => profileTable(workbook(rowsXml(rows), options), SHEET);

describe('JSON Lines', () => {
  it('has a column for each member that any record has', async () => {
    const found = await lines({ id: 1, city: 'Rome' }, { id: 2, zip: '007' }, { city: null });

    expect(found).toMatchObject({
      header: false,
      records: 3,
      rows: 3,
      columns: 3,
      encoding: 'utf-8',
    });
    expect(found.columnProfiles.map(({ name, nulls }) => [name, nulls])).toEqual([
      ['id', 1],
      ['city', 2],
      ['zip', 2],
    ]);
    expect(found).toMatchObject({ columnsMin: 1, columnsMax: 2, ragged: 1, raggedRecords: [3] });
  });

  it('takes for a number only what was written as one', async () => {
    const found = await lines(
      { n: 1, s: '1', d: '2024-01-01', t: '2024-01-01T10:00:00Z', b: true, w: 'true', f: 0.5 },
      { n: 2, s: '2', d: '2024-01-02', t: '2024-01-01T11:00:00Z', b: false, w: 'false', f: 1 },
    );

    expect(typesOf(found)).toEqual({
      n: 'integer',
      s: 'text',
      d: 'date',
      t: 'datetime',
      b: 'boolean',
      w: 'text',
      f: 'number',
    });
    expect(found.columnProfiles[0]).toMatchObject({ min: 1, max: 2, distinct: 2 });
  });

  it('shows a value within a value as JSON', async () => {
    const { columnProfiles } = await lines({ tags: ['a', { b: 1 }] });

    expect(columnProfiles[0]).toMatchObject({ type: 'text', examples: ['["a",{"b":1}]'] });
  });

  it('has columns without names for arrays, and one for lone values', async () => {
    expect((await lines([1, 'a'], [2, 'b'])).columnProfiles.map(({ name }) => name)).toEqual([
      null,
      null,
    ]);
    expect(await lines(1, 2)).toMatchObject({ columns: 1, rows: 2 });
  });

  it('knows members with the names of what every object has', async () => {
    const found = await profileTable(Buffer.from('{"__proto__":1,"constructor":2,"":3}'), LINES);

    expect(found.columnProfiles.map(({ name }) => name)).toEqual(['__proto__', 'constructor', '']);
  });

  it('counts blank lines, and reads CRLF, a mark and a last line without an end', async () => {
    const found = await profileTable(
      Buffer.from('\ufeff{"a":1}\r\n\r\n  \n{"a":2}', 'utf16le'),
      LINES,
    );

    expect(found).toMatchObject({ rows: 2, blankLines: 2, bom: true, encoding: 'utf-16le' });
  });

  it('names the first line that is no JSON', async () => {
    await expect(profileTable(Buffer.from('{"a":1}\n{"a":\n'), LINES)).rejects.toMatchObject({
      code: 'corrupt',
      detail: 'Line 2 is not valid JSON.',
    });
  });

  it('stops at too many columns, at a line without an end, and at what is nested without one', async () => {
    const wide = Object.fromEntries(Array.from({ length: 101 }, (_, at) => [`c${at}`, at]));
    const deep = `{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`;

    expect(await codeOf(Buffer.from(JSON.stringify(wide)), LINES, FEW)).toBe('over_budget');
    expect(await codeOf(Buffer.alloc(9 * 1024 ** 2, '1'), LINES)).toBe('over_budget');
    expect(await codeOf(Buffer.from(deep), LINES)).toBe('over_budget');
  });
});

describe('a workbook', () => {
  it('is its first sheet, with the types that its cells have', async () => {
    const found = await sheet(
      [
        ['id', 'day', 'at', 'ok', 'code', 'clock', 'share', 'long'],
        ...[0, 1].map((row) => [
          { number: row },
          { number: 45_292 + row, style: 1 },
          { number: 45_292.5, style: 2 },
          row === 0,
          `00${row}`,
          { number: 0.5, style: 3 },
          { number: `${row}.5E-3`, style: 4 },
          { number: 1.25, style: 5 },
        ]),
      ],
      { formats: ['yyyy\\-mm\\-dd', 'd/m/yy h:mm', 'h:mm AM/PM', '0.00%', '[h]:mm'] },
    );

    expect(found).toMatchObject({ sheet: 'Sheet 1', header: true, rows: 2, columns: 8, ragged: 0 });
    expect(typesOf(found)).toEqual({
      id: 'integer',
      day: 'date',
      at: 'datetime',
      ok: 'boolean',
      code: 'text',
      clock: 'text',
      share: 'number',
      long: 'text',
    });
    expect(found.columnProfiles[1]).toMatchObject({ min: '2024-01-01', max: '2024-01-02' });
    expect(found.columnProfiles.slice(2).map(({ examples }) => examples[0])).toEqual([
      '2024-01-01T12:00:00',
      'true',
      '000',
      '12:00:00',
      '0.5E-3',
      '30:00:00',
    ]);
  });

  it('counts days from where its own calendar begins', async () => {
    const day = async (number: number, is1904 = false) => {
      const found = await sheet([['day'], [{ number, style: 1 }]], {
        formats: ['d.m.yyyy'],
        is1904,
      });
      return found.columnProfiles[0]?.min;
    };

    expect(await day(1)).toBe('1900-01-01');
    expect(await day(59)).toBe('1900-02-28');
    expect(await day(61)).toBe('1900-03-01');
    expect(await day(2_958_465)).toBe('9999-12-31');
    expect(await day(1, true)).toBe('1904-01-02');
    // No day, whatever it is shown as.
    expect(await day(-1)).toBe(-1);
    expect(await day(3_000_000)).toBe(3_000_000);
  });

  it('has nulls for cells that are missing, empty or wrong, and skips rows without a value', async () => {
    const found = await sheet([
      ['a', 'b', 'c'],
      [{ number: 1 }, null, { error: '#N/A' }],
      [null, null, null],
      [{ number: 2 }, 'x', { number: 3 }],
    ]);

    expect(found).toMatchObject({ rows: 2, blankLines: 1, columnsMin: 3, columnsMax: 3 });
    expect(found.columnProfiles.map(({ nulls }) => nulls)).toEqual([0, 1, 1]);
    expect(found.columnProfiles[2]).toMatchObject({ type: 'integer' });
  });

  it('reads strings that cells share, without what only tells how they are read aloud', async () => {
    const rows = '<row><c t="s"><v>0</v></c></row><row><c t="s"><v>1</v></c></row>';
    const strings = ['<t>Stadt</t>', '<r><t>Tō</t></r><r><t>kyō</t></r><rPh><t>ト</t></rPh>'];
    const found = await profileTable(workbook(rows, { strings }), SHEET);

    expect(found.columnProfiles[0]).toMatchObject({ name: 'Stadt', examples: ['Tōkyō'] });
  });

  it('is read in ranges, and never what it does not need', async () => {
    const large = `<row><c t="str"><v>${'x'.repeat(3_000)}</v></c></row>`;
    const others = { 'Sheet 2': Array.from({ length: 2_000 }, () => large).join('') };
    const bytes = workbook(rowsXml([['a'], [{ number: 1 }]]), { others });

    expect(await codeOf(bytes, SHEET, { budget: { bytesIn: 1024 ** 2 } })).toBe('none');
    expect((await profileTable(bytes, SHEET)).opens).toBeLessThan(10);
  });

  it('stops at too many columns and at a text without an end', async () => {
    const far = '<row r="1"><c r="XFD1"><v>1</v></c></row>';
    const endless = `<row><c t="str"><v>${'x'.repeat(20 * 1024 ** 2)}</v></c></row>`;

    expect(await codeOf(workbook(far), SHEET, FEW)).toBe('over_budget');
    expect(await codeOf(workbook(endless), SHEET)).toBe('over_budget');
  });
});
