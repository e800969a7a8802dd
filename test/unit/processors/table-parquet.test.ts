import { brotliCompressSync, gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { codeOf, FEW, profileTable } from '../../support/profiled-table.ts';
import { parquet } from '../../support/tables.ts';

const PARQUET = 'application/vnd.apache.parquet';

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
    const found = await profileTable(parquet({ columnData: COLUMNS, ...options }), PARQUET);

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

    expect(await profileTable(page(8), PARQUET)).toMatchObject({ rows: 1 });
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
      return profileTable(parquet({ columnData, pageSize: 512 }), PARQUET);
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
    const found = await profileTable(parquet({ columnData, schema: [...schema] }), PARQUET);

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
    const found = await profileTable(parquet({ columnData, schema: [...schema] }), PARQUET);

    expect(found.columnProfiles).toMatchObject([
      { name: 'tags.list.element', nulls: 2, distinct: 3 },
      { name: 'id', nulls: 0 },
    ]);
  });

  it('without rows has its columns all the same', async () => {
    const found = await profileTable(
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

    expect((await profileTable(bytes, PARQUET)).opens).toBeLessThanOrEqual(3);
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
