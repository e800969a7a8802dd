import { describe, expect, it } from 'vitest';
import type { TableSchema } from '../../../shared/domain/table-schema.ts';
import { EXCEL_TYPES } from '../../../shared/processors/table/sheet.ts';
import { rowsXml, workbook } from '../../support/tables.ts';
import { told, validateTable } from '../../support/validated-table.ts';

const ABC: TableSchema = { fields: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] };

describe('table-validate', () => {
  it('reads every dialect and encoding that a profile reads', async () => {
    const schema: TableSchema = {
      fields: [{ name: 'größe', type: 'number', decimalChar: ',' }, { name: 'b' }],
    };
    for (const delimiter of [';', '\t', '|']) {
      const text = `größe${delimiter}b\r\n1,5${delimiter}"x\r\n""y"""\r\n1.5${delimiter}z`;
      for (const bytes of [Buffer.from(text, 'latin1'), Buffer.from(`\ufeff${text}`, 'utf16le')]) {
        expect(told(await validateTable(bytes, { schema }))).toEqual(['3 größe type']);
      }
    }
  });

  it('begins behind the line that names the delimiter, and behind remarks', async () => {
    const schema: TableSchema = { fields: [{ name: 'a', type: 'integer' }, { name: 'b' }] };

    for (const front of ['sep=;\r\n', '# made by hand\n']) {
      expect(told(await validateTable(`${front}a;b\n1;x\nz;y\n`, { schema }))).toEqual([
        '3 a type',
      ]);
    }
  });

  it('takes a value that stands for itself as what it is, however the schema spells it', async () => {
    const schema: TableSchema = {
      fields: [
        { name: 'n', type: 'number', decimalChar: ',' },
        { name: 'b', type: 'boolean', trueValues: ['ja'], falseValues: ['nein'] },
        { name: 's', type: 'string' },
        { name: 'id', constraints: { required: true } },
      ],
    };
    const lines = [
      { n: 1.5, b: true, s: 'x', id: 1 },
      { n: '1,5', b: 'ja', s: 'x', id: 2 },
      { n: '1.5', b: 'true', s: 'x', id: 3 },
      { id: null },
      {},
    ];
    const bytes = lines.map((line) => JSON.stringify(line)).join('\n');
    const found = await validateTable(bytes, { schema }, { type: 'application/x-ndjson' });

    expect(told(found)).toEqual(['3 n type', '3 b type', '4 id required', '5 id required']);
    expect(found.columnProblems).toEqual([]);
  });

  it('checks the first sheet of a workbook, whose rows may end early', async () => {
    const schema: TableSchema = {
      fields: [{ name: 'id', type: 'integer' }, { name: 'day', type: 'date' }, { name: 'x' }],
    };
    const bytes = workbook(
      rowsXml([
        ['id', 'day', 'x'],
        [{ number: 1 }, { number: 45_292, style: 1 }],
        [{ number: 1.5 }, 'soon', 'y'],
      ]),
      { formats: ['d.m.yy'] },
    );

    expect(told(await validateTable(bytes, { schema }, { type: EXCEL_TYPES[0] }))).toEqual([
      '3 id type',
      '3 day type',
    ]);
  });

  it('stops at more different values than may be compared', async () => {
    const schema: TableSchema = {
      fields: [{ name: 'a', constraints: { unique: true } }, { name: 'b' }],
    };
    const rows = (count: number) =>
      `a,b\n${Array.from({ length: count }, (_, at) => `${at},x\n`).join('')}`;
    const budget = { entries: 2_000 };

    expect(await validateTable(rows(2_000), { schema }, { budget })).toMatchObject({ errors: 0 });
    await expect(validateTable(rows(2_001), { schema }, { budget })).rejects.toMatchObject({
      code: 'over_budget',
    });
  });

  it('takes no two of many values for the same', async () => {
    const schema: TableSchema = {
      fields: [{ name: 'a', constraints: { unique: true } }, { name: 'b' }],
    };
    const values = Array.from({ length: 200_000 }, (_, at) => `${at.toString(36)},x\n`).join('');

    expect(await validateTable(`a,b\n${values}`, { schema })).toMatchObject({
      errors: 0,
      rows: 200_000,
    });
  });

  it('is corrupt when a quote is never closed: from there on there are no rows', async () => {
    await expect(validateTable('a,b\n"1,2\n3,4\n', { schema: ABC })).rejects.toMatchObject({
      code: 'corrupt',
    });
  });
});
