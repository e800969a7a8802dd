/** What table-profile and table-validate read from OpenDocument sheets made here. */
import { describe, expect, it } from 'vitest';
import type { UploadOptions } from '../../../shared/domain/upload-options.ts';
import type { TableSummary } from '../../../shared/processors/table/summary.ts';
import { tableProfile } from '../../../shared/processors/table-profile.ts';
import { tableValidate } from '../../../shared/processors/table-validate.ts';
import { ods, odsCell, odsRow } from '../../support/open-documents.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';

const type = 'application/vnd.oasis.opendocument.spreadsheet';

const profile = async (bytes: Buffer, options: InputOptions = {}): Promise<TableSummary> => {
  const { input } = processorInput(tableProfile, bytes, { ...options, type });
  return (await tableProfile.run(input)) as TableSummary;
};

const typesOf = ({ columnProfiles }: TableSummary): readonly unknown[] =>
  columnProfiles.map((column) => [column.name, column.type, column.min, column.max]);

describe('an OpenDocument sheet', () => {
  it('is the first one, with the types that its cells have', async () => {
    const found = await profile(
      ods({
        Sales: [
          odsRow(...['n', 'day', 'at', 'for', 'ok', 'zip'].map((name) => odsCell(name))),
          odsRow(
            odsCell('1,50 €', { type: 'currency', values: { value: '1.5' } }),
            odsCell('02/01/24', { type: 'date', values: { 'date-value': '2024-01-02' } }),
            odsCell('', { type: 'date', values: { 'date-value': '2024-01-02T10:30:00' } }),
            odsCell('36:05', { type: 'time', values: { 'time-value': 'PT36H05M00S' } }),
            odsCell('VRAI', { type: 'boolean', values: { 'boolean-value': 'true' } }),
            odsCell('007', { type: 'string' }),
          ),
        ].join(''),
        Other: odsRow(odsCell('x')),
      }),
    );

    expect(found).toMatchObject({ sheet: 'Sales', header: true, records: 2, ragged: 0 });
    expect(typesOf(found)).toEqual([
      ['n', 'number', 1.5, 1.5],
      ['day', 'date', '2024-01-02', '2024-01-02'],
      ['at', 'datetime', '2024-01-02T10:30:00', '2024-01-02T10:30:00'],
      ['for', 'text', '36:05:00', '36:05:00'],
      ['ok', 'boolean', 'true', 'true'],
      ['zip', 'text', '007', '007'],
    ]);
  });

  it('has nulls for cells that are missing or wrong, and counts rows that are repeated, not those behind the last', async () => {
    const rows = [
      odsRow(odsCell('a'), odsCell('b')),
      '<table:table-row table:number-rows-repeated="3"><table:table-cell/></table:table-row>',
      odsRow(odsCell('1', { type: 'float', values: { value: '1' }, repeated: 2 })).replace(
        '<table:table-row>',
        '<table:table-row table:number-rows-repeated="2">',
      ),
      odsRow(
        odsCell('2', { type: 'float', values: { value: '2' } }),
        odsCell('#DIV/0!', { type: 'error' }),
      ),
      '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>',
    ];

    const found = await profile(ods({ One: rows.join('') }));

    expect(found).toMatchObject({ records: 4, rows: 3, blankLines: 3 });
    expect(found.columnProfiles.map(({ nulls, distinct }) => [nulls, distinct])).toEqual([
      [0, 2],
      [1, 1],
    ]);
  });

  it('D5: stops at too many columns, and when it is told to, however often a row is repeated', async () => {
    const wide = odsRow(odsCell('1', { type: 'float', values: { value: '1' }, repeated: 16_384 }));
    const controller = new AbortController();
    const long = odsRow(
      odsCell('1', { type: 'float', values: { value: '1' }, repeated: 4_000 }),
    ).replace('<table:table-row>', '<table:table-row table:number-rows-repeated="2000">');

    await expect(
      profile(ods({ Wide: wide }), { budget: { entries: 4_096 } }),
    ).rejects.toMatchObject({ code: 'over_budget' });
    setTimeout(() => controller.abort(), 50);
    await expect(profile(ods({ Long: long }), { signal: controller.signal })).rejects.toMatchObject(
      { code: 'deadline_exceeded' },
    );
  });

  it('D5: tells of a row that is repeated up to a limit, for it may be a few bytes for billions of values', async () => {
    const row = (columns: number) =>
      odsRow(odsCell('1', { type: 'float', values: { value: '1' }, repeated: columns })).replace(
        '<table:table-row>',
        '<table:table-row table:number-rows-repeated="1048576">',
      );
    const bomb = profile(ods({ Bomb: row(9) }));

    await expect(bomb).rejects.toMatchObject({ code: 'over_budget' });
    await expect(bomb).rejects.toThrow('repeated rows');
  });

  it('is checked against a schema by what its cells hold', async () => {
    const options: UploadOptions = {
      tableValidation: {
        schema: {
          fields: [
            { name: 'n', type: 'integer' },
            { name: 'day', type: 'date' },
          ],
        },
      },
    };
    const bytes = ods({
      One: [
        odsRow(odsCell('n'), odsCell('day')),
        odsRow(
          odsCell('one', { type: 'float', values: { value: '1' } }),
          odsCell('02/01/24', { type: 'date', values: { 'date-value': '2024-01-02' } }),
        ),
        odsRow(odsCell('two')),
      ].join(''),
    });
    const { input, files } = processorInput(tableValidate, bytes, { type, options });

    expect(await tableValidate.run(input)).toMatchObject({ rows: 2, invalidRows: 1, errors: 1 });
    expect(files.get('errors.csv')?.bytes.toString()).toContain('3,"n",type,"two"');
  });
});
