import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { EXCEL_TYPES } from '../../../shared/processors/table/sheet.ts';
import type { TableSummary } from '../../../shared/processors/table/summary.ts';
import { tableProfile } from '../../../shared/processors/table-profile.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';
import { parquet, rowsXml, type SheetOptions, workbook } from '../../support/tables.ts';

const LINES = 'application/x-ndjson';
const PARQUET = 'application/vnd.apache.parquet';
const [SHEET] = EXCEL_TYPES;
/** Of columns; the step's own would make large fixtures. */
const FEW = { budget: { entries: 100 } };

const run = async (bytes: Uint8Array, type: string, options: InputOptions = {}) => {
  const { input, opens } = processorInput(tableProfile, bytes, { ...options, type });
  return { ...((await tableProfile.run(input)) as TableSummary), opens: opens() };
};

const codeOf = async (bytes: Uint8Array, type: string, options: InputOptions = {}) =>
  run(bytes, type, options).then(
    () => 'none',
    (error: { readonly code?: string }) => error.code,
  );

const lines = (...values: readonly unknown[]) =>
  run(Buffer.from(values.map((value) => JSON.stringify(value)).join('\n')), LINES);

const sheet = (
  rows: Parameters<typeof rowsXml>[0],
  options?: SheetOptions,
): Promise<TableSummary> => run(workbook(rowsXml(rows), options), SHEET);

const typesOf = ({ columnProfiles }: TableSummary): Record<string, string> =>
  Object.fromEntries(columnProfiles.map(({ name, type }) => [name ?? '', type]));

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
    const found = await run(Buffer.from('{"__proto__":1,"constructor":2,"":3}'), LINES);

    expect(found.columnProfiles.map(({ name }) => name)).toEqual(['__proto__', 'constructor', '']);
  });

  it('counts blank lines, and reads CRLF, a mark and a last line without an end', async () => {
    const found = await run(Buffer.from('\ufeff{"a":1}\r\n\r\n  \n{"a":2}', 'utf16le'), LINES);

    expect(found).toMatchObject({ rows: 2, blankLines: 2, bom: true, encoding: 'utf-16le' });
  });

  it('names the first line that is no JSON', async () => {
    await expect(run(Buffer.from('{"a":1}\n{"a":\n'), LINES)).rejects.toMatchObject({
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
    const found = await run(workbook(rows, { strings }), SHEET);

    expect(found.columnProfiles[0]).toMatchObject({ name: 'Stadt', examples: ['Tōkyō'] });
  });

  it('is read in ranges, and never what it does not need', async () => {
    const large = `<row><c t="str"><v>${'x'.repeat(3_000)}</v></c></row>`;
    const others = { 'Sheet 2': Array.from({ length: 2_000 }, () => large).join('') };
    const bytes = workbook(rowsXml([['a'], [{ number: 1 }]]), { others });

    expect(await codeOf(bytes, SHEET, { budget: { bytesIn: 1024 ** 2 } })).toBe('none');
    expect((await run(bytes, SHEET)).opens).toBeLessThan(10);
  });

  it('stops at too many columns and at a text without an end', async () => {
    const far = '<row r="1"><c r="XFD1"><v>1</v></c></row>';
    const endless = `<row><c t="str"><v>${'x'.repeat(20 * 1024 ** 2)}</v></c></row>`;

    expect(await codeOf(workbook(far), SHEET, FEW)).toBe('over_budget');
    expect(await codeOf(workbook(endless), SHEET)).toBe('over_budget');
  });
});

const N = 1_000;
const numbers = <T>(of: (row: number) => T): T[] => Array.from({ length: N }, (_, row) => of(row));

const COLUMNS: Parameters<typeof parquet>[0]['columnData'] = [
  { name: 'id', data: Int32Array.from(numbers((row) => row - 500)), type: 'INT32' },
  {
    name: 'large',
    data: BigInt64Array.from(numbers((row) => BigInt(row) * 10n ** 12n)),
    type: 'INT64',
  },
  { name: 'share', data: Float32Array.from(numbers((row) => row / 10)), type: 'FLOAT' },
  { name: 'score', data: numbers((row) => (row === 0 ? Number.NaN : row / 4)), type: 'DOUBLE' },
  { name: 'digits', data: numbers((row) => String(row % 50)), type: 'STRING' },
  { name: 'ok', data: numbers((row) => (row % 2 === 0 ? true : null)), type: 'BOOLEAN' },
  {
    name: 'at',
    data: numbers((row) => new Date(Date.UTC(2024, 0, 1) + row * 1500)),
    type: 'TIMESTAMP',
  },
  {
    name: 'key',
    data: numbers((row) => `00000000-0000-4000-8000-${String(row).padStart(12, '0')}`),
    type: 'UUID',
  },
];

describe('a Parquet file', () => {
  /** An estimate: 50, give or take the 2.3 percent of the sketch. */
  const ABOUT_FIFTY = expect.toSatisfy((count: number) => Math.abs(count - 50) <= 2);

  const EXPECTED = [
    { name: 'id', type: 'integer', nulls: 0, min: -500, max: 499 },
    { name: 'large', type: 'integer', nulls: 0, min: 0, max: 999e12 },
    { name: 'share', type: 'number', nulls: 0, min: 0, max: 99.9, examples: ['0', '0.1', '0.2'] },
    { name: 'score', type: 'number', nulls: 1, min: 0.25, max: 249.75 },
    { name: 'digits', type: 'text', nulls: 0, min: '0', max: '9', distinct: ABOUT_FIFTY },
    { name: 'ok', type: 'boolean', nulls: 500, min: 'true', max: 'true' },
    {
      name: 'at',
      type: 'datetime',
      nulls: 0,
      min: '2024-01-01T00:00:00Z',
      max: '2024-01-01T00:24:58.5Z',
    },
    { name: 'key', type: 'text', nulls: 0, min: '00000000-0000-4000-8000-000000000000' },
  ];

  it.each<[string, Partial<Parameters<typeof parquet>[0]>]>([
    ['as most are', {}],
    ['uncompressed', { codec: 'UNCOMPRESSED' }],
    ['packed by gzip', { codec: 'GZIP', compressors: { GZIP: (bytes) => gzipSync(bytes) } }],
    [
      'packed by Brotli',
      { codec: 'BROTLI', compressors: { BROTLI: (bytes) => brotliCompressSync(bytes) } },
    ],
    ['in small groups', { rowGroupSize: 90 }],
    ['in small pages', { pageSize: 256 }],
  ])('has every row and the types of its schema: %s', async (_how, options) => {
    const found = await run(parquet({ columnData: COLUMNS, ...options }), PARQUET);

    expect(found).toMatchObject({
      header: false,
      records: N,
      rows: N,
      profiledRows: N,
      columns: 8,
    });
    expect(found.columnProfiles).toMatchObject(EXPECTED);
  });

  it('D5: stops at a page that would not leave room for the worker around it', async () => {
    const page = (MiB: number) =>
      parquet({
        columnData: [{ name: 'a', data: ['x'.repeat(MiB * 1024 ** 2)], type: 'STRING' }],
        codec: 'UNCOMPRESSED',
      });

    expect(await run(page(8), PARQUET)).toMatchObject({ rows: 1 });
    expect(await codeOf(page(33), PARQUET)).toBe('over_budget');
  });

  it('comes to the same whether its values are kept once or as often as they are there', async () => {
    const words = ['red', ' ', 'green', 'blue', '', 'violet'];
    const names = numbers((row) => (row % 7 === 6 ? null : (words[row % 7] ?? '')));
    // A value of the dictionary that is no number, and so is absent wherever it stands.
    const shares = numbers((row) => (row % 3 === 0 ? Number.NaN : row % 3));
    const profileAs = (encoding: 'PLAIN' | 'RLE_DICTIONARY') => {
      const columnData = [
        { name: 'name', data: names, type: 'STRING', encoding } as const,
        { name: 'share', data: shares, type: 'DOUBLE', encoding } as const,
      ];
      return run(parquet({ columnData, pageSize: 512 }), PARQUET);
    };
    const [once, often] = [await profileAs('RLE_DICTIONARY'), await profileAs('PLAIN')];

    expect(once.columnProfiles).toEqual(often.columnProfiles);
    expect(once.columnProfiles).toMatchObject([
      { nulls: 428, distinct: 4, examples: ['red', 'green', 'blue'] },
      { nulls: 334, distinct: 2, min: 1, max: 2 },
    ]);
  });

  it('tells decimals to the last digit, days, and times of the day', async () => {
    const schema = [
      { name: 'root', num_children: 3 },
      {
        name: 'price',
        type: 'INT32',
        converted_type: 'DECIMAL',
        scale: 2,
        precision: 9,
        repetition_type: 'REQUIRED',
      },
      { name: 'day', type: 'INT32', converted_type: 'DATE', repetition_type: 'REQUIRED' },
      { name: 'clock', type: 'INT32', converted_type: 'TIME_MILLIS', repetition_type: 'REQUIRED' },
    ] as const;
    const columnData = [
      { name: 'price', data: [-7, 110, 5].map((cents) => cents / 100) },
      { name: 'day', data: [0, 19_723, -1].map((day) => new Date(day * 86_400_000)) },
      { name: 'clock', data: Int32Array.from([0, 43_200_500, 86_399_000]) },
    ];
    const found = await run(parquet({ columnData, schema: [...schema] }), PARQUET);

    expect(found.columnProfiles.map(({ type, examples }) => [type, ...examples])).toEqual([
      ['number', '-0.07', '1.10', '0.05'],
      ['date', '1970-01-01', '2024-01-01', '1969-12-31'],
      ['text', '00:00:00', '12:00:00.5', '23:59:59'],
    ]);
  });

  it('has a column for each leaf of what is nested, and counts the values of a list', async () => {
    const schema = [
      { name: 'root', num_children: 2 },
      { name: 'tags', num_children: 1, repetition_type: 'OPTIONAL', converted_type: 'LIST' },
      { name: 'list', num_children: 1, repetition_type: 'REPEATED' },
      { name: 'element', type: 'BYTE_ARRAY', converted_type: 'UTF8', repetition_type: 'OPTIONAL' },
      { name: 'id', type: 'INT32', repetition_type: 'REQUIRED' },
    ] as const;
    const columnData = [
      { name: 'tags', data: [['a', 'b', null], ['c'], null] },
      { name: 'id', data: Int32Array.from([1, 2, 3]) },
    ];
    const found = await run(parquet({ columnData, schema: [...schema] }), PARQUET);

    expect(found.columnProfiles).toMatchObject([
      { name: 'tags.list.element', nulls: 2, distinct: 3 },
      { name: 'id', nulls: 0 },
    ]);
  });

  it('without rows has its columns all the same', async () => {
    const found = await run(
      parquet({ columnData: [{ name: 'a', data: [], type: 'INT32' }] }),
      PARQUET,
    );

    expect(found).toMatchObject({ rows: 0, columns: 1 });
    expect(found.columnProfiles).toMatchObject([
      { name: 'a', type: 'integer', nulls: 0, min: null },
    ]);
  });

  it('is read by a few ranges, however many columns and groups it has', async () => {
    const bytes = parquet({ columnData: COLUMNS, rowGroupSize: 20 });

    expect((await run(bytes, PARQUET)).opens).toBeLessThanOrEqual(3);
  });

  it('is corrupt without its end, encrypted with that mark, and over budget with too many columns', async () => {
    const bytes = parquet({ columnData: COLUMNS });
    const sealed = Buffer.concat([bytes.subarray(0, -4), Buffer.from('PARE')]);
    const lying = Buffer.from(bytes);
    lying.writeUInt32LE(0x7fffffff, lying.length - 8);
    const columnData = Array.from({ length: 101 }, (_, at) => ({ name: `c${at}`, data: [1] }));

    expect(await codeOf(bytes.subarray(0, -1), PARQUET)).toBe('corrupt');
    expect(await codeOf(Buffer.from('PAR1'), PARQUET)).toBe('corrupt');
    expect(await codeOf(sealed, PARQUET)).toBe('encrypted');
    expect(await codeOf(lying, PARQUET)).toBe('over_budget');
    expect(await codeOf(parquet({ columnData }), PARQUET, FEW)).toBe('over_budget');
  });
});
