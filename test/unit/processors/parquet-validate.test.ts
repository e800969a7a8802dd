/** table-validate reads Parquet row by row, whatever its pages are. */
import { describe, expect, it } from 'vitest';
import type { TableField } from '../../../shared/domain/table-schema.ts';
import { tableValidate } from '../../../shared/processors/table-validate.ts';
import { type InputOptions, processorInput } from '../../support/processor-input.ts';
import { parquet } from '../../support/tables.ts';

const ROWS = 1_000;
const rows = Array.from({ length: ROWS }, (_, at) => ({
  id: at % 90 === 7 ? at - 1 : at,
  name: at % 5 === 0 ? null : `name ${at % 70}`,
  score: at % 3 === 0 ? null : at / 4,
  note: `note ${at} ${'x'.repeat(at % 40)}`,
}));

const fields: readonly TableField[] = [
  { name: 'id', type: 'integer', constraints: { unique: true, maximum: 990 } },
  { name: 'name', type: 'string', constraints: { required: true, pattern: 'name [1-6]?\\d' } },
  { name: 'score', type: 'number', constraints: { maximum: 200 } },
  { name: 'note', constraints: { maxLength: 45 } },
];

const validate = async (bytes: Buffer, type: string, options: InputOptions = {}) => {
  const { input, files } = processorInput(tableValidate, bytes, {
    ...options,
    type,
    options: { tableValidation: { schema: { fields: [...fields] } } },
  });
  const result = await tableValidate.run(input);
  return { result, report: files.get('errors.csv')?.bytes.toString() };
};

const PARQUET = 'application/vnd.apache.parquet';

const columnData: Parameters<typeof parquet>[0]['columnData'] = [
  { name: 'id', data: Int32Array.from(rows, ({ id }) => id), type: 'INT32' },
  { name: 'name', data: rows.map(({ name }) => name) },
  { name: 'score', data: rows.map(({ score }) => score), type: 'DOUBLE' },
  { name: 'note', data: rows.map(({ note }) => note) },
];

describe('a Parquet file', () => {
  it.each<[string, Partial<Parameters<typeof parquet>[0]>]>([
    ['in one group of rows', {}],
    ['in groups of rows', { rowGroupSize: 130 }],
    ['in pages of other lengths for each column', { pageSize: 700 }],
    ['that is not compressed', { codec: 'UNCOMPRESSED', pageSize: 2_000 }],
  ])('is checked as the same rows as JSON Lines are: %s', async (_, options) => {
    const lines = Buffer.from(rows.map((row) => JSON.stringify(row)).join('\n'));
    const expected = await validate(lines, 'application/x-ndjson');

    const found = await validate(parquet({ columnData, ...options }), PARQUET);

    expect(expected.result).toMatchObject({ rows: ROWS, accepted: false, columnProblems: [] });
    expect(found).toEqual(expected);
  });

  it('is told of columns that it lacks and has beside', async () => {
    const bytes = parquet({ columnData: [{ name: 'other', data: ['x'] }] });

    expect((await validate(bytes, PARQUET)).result).toMatchObject({
      rows: 1,
      reasons: ['columns', 'invalid_rows'],
      columnProblems: [
        { column: 'id', problem: 'missing' },
        { column: 'name', problem: 'missing' },
        { column: 'score', problem: 'missing' },
        { column: 'note', problem: 'missing' },
        { column: 'other', problem: 'extra' },
      ],
    });
  });

  it('with lists is unsupported, and one that is cut is corrupt', async () => {
    const bytes = parquet({
      columnData: [{ name: 'a', data: [[1, 2], [3]] as unknown as number[] }],
      schema: [
        { name: 'root', num_children: 1 },
        { name: 'a', repetition_type: 'OPTIONAL', num_children: 1, converted_type: 'LIST' },
        { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
        { name: 'element', repetition_type: 'OPTIONAL', type: 'INT32' },
      ],
    });

    await expect(validate(bytes, PARQUET)).rejects.toMatchObject({ code: 'unsupported' });
    const whole = parquet({ columnData });
    const damaged = Buffer.concat([whole.subarray(0, 4), whole.subarray(2_000)]);
    await expect(validate(damaged, PARQUET)).rejects.toMatchObject({ code: 'corrupt' });
  });
});
