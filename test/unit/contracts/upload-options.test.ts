import { describe, expect, it } from 'vitest';
import { createUploadBody } from '../../../shared/contracts/http.ts';
import { MAX_OPTIONS_BYTES, uploadOptions } from '../../../shared/contracts/upload-options.ts';
import type { TableField, TableSchema } from '../../../shared/domain/table-schema.ts';

const withSchema = (schema: TableSchema) => ({ tableValidation: { schema } });
const withField = (field: Partial<TableField>) => withSchema({ fields: [{ name: 'a', ...field }] });

const problemOf = (options: unknown): string | undefined =>
  uploadOptions.safeParse(options).error?.issues[0]?.message;

describe('uploadOptions', () => {
  it('takes a table schema with everything that it may say', () => {
    const options = {
      typePolicy: 'reject',
      tableValidation: {
        schema: {
          fieldsMatch: 'subset',
          missingValues: ['', 'NA', '-'],
          fields: [
            {
              name: 'id',
              type: 'integer',
              constraints: { required: true, unique: true, minimum: 1 },
            },
            {
              name: 'code',
              type: 'string',
              constraints: { pattern: '[A-Z]{2}-\\d+', maxLength: 12 },
            },
            { name: 'mail', type: 'string', format: 'email' },
            { name: 'price', type: 'number', decimalChar: ',', groupChar: '.' },
            { name: 'count', type: 'integer', groupChar: '.' },
            {
              name: 'day',
              type: 'date',
              constraints: { minimum: '2020-01-01', maximum: '2029-12-31' },
            },
            { name: 'year', type: 'year', constraints: { minimum: 1999 } },
            { name: 'sold', type: 'boolean', trueValues: ['ja'], falseValues: ['nein'] },
            { name: 'size', constraints: { enum: ['S', 'M', 38, 40] } },
          ],
        },
        tolerance: { invalidRows: 10, invalidShare: 0.01 },
      },
    };

    expect(uploadOptions.parse(options)).toEqual(options);
  });

  it('is as good as nothing when empty', () => {
    expect(uploadOptions.parse({})).toEqual({});
  });

  it.each([
    ['an unknown option', { typePolice: 'reject' }],
    ['an unknown policy', { typePolicy: 'forbid' }],
    ['a schema without fields', withSchema({ fields: [] })],
    ['an unknown property of a field', withField({ requird: true } as Partial<TableField>)],
    ['an unknown type', withField({ type: 'geopoint' } as unknown as Partial<TableField>)],
    [
      'a tolerance beyond everything',
      { tableValidation: { schema: { fields: [{ name: 'a' }] }, tolerance: { invalidShare: 2 } } },
    ],
  ])('refuses %s', (_what, options) => {
    expect(problemOf(options)).toBeTypeOf('string');
  });

  it.each<[string, Partial<TableField>]>([
    ['minimum is not for fields of type string', { type: 'string', constraints: { minimum: 1 } }],
    ['maximum is not for fields of type any', { constraints: { maximum: 1 } }],
    [
      'pattern is not for fields of type integer',
      { type: 'integer', constraints: { pattern: 'a' } },
    ],
    ['minLength is not for fields of type date', { type: 'date', constraints: { minLength: 1 } }],
    ['decimalChar is not for fields of type integer', { type: 'integer', decimalChar: ',' }],
    ['trueValues is not for fields of type string', { type: 'string', trueValues: ['x'] }],
    ['format is not for fields of type any', { format: 'email' }],
    ['groupChar is also decimalChar', { type: 'number', groupChar: '.' }],
    ['minimum is no date', { type: 'date', constraints: { minimum: '2024-02-30' } }],
    ['maximum is no date', { type: 'date', constraints: { maximum: 20240101 } }],
    ['minimum is no integer', { type: 'integer', constraints: { minimum: 1.5 } }],
    ['looks', { type: 'string', constraints: { pattern: '(?=a)' } }],
  ])('says: %s', (problem, field) => {
    const expected = problem === 'looks' ? /not supported/ : problem;
    expect(problemOf(withField(field))).toMatch(expected);
  });

  it('refuses two fields of one name', () => {
    const schema = { fields: [{ name: 'a' }, { name: 'b' }, { name: 'a' }] };

    expect(problemOf(withSchema(schema))).toBe('a name stands twice');
  });

  it('refuses what is larger than the row of an upload can hold, and takes what just fits', () => {
    const fields = (count: number) =>
      withSchema({ fields: Array.from({ length: count }, (_, at) => ({ name: `ü${at}` })) });
    const most = Array.from({ length: 1_000 }, (_, count) => count + 1).findLast(
      (count) => Buffer.byteLength(JSON.stringify(fields(count))) <= MAX_OPTIONS_BYTES,
    );

    expect(problemOf(fields(Number(most)))).toBeUndefined();
    expect(problemOf(fields(Number(most) + 1))).toBe('are larger than 8 KiB');
  });
});

describe('createUploadBody', () => {
  it('takes options beside what is declared, and none', () => {
    const body = { name: 'a.csv', size: 1, type: 'text/csv' };
    const options = { typePolicy: 'relabel' };

    expect(createUploadBody.parse({ ...body, options })).toEqual({ ...body, options });
    expect(createUploadBody.parse(body)).toEqual(body);
  });

  it('says where in the options a mistake is', () => {
    const options = withField({ type: 'integer', constraints: { pattern: 'a' } });
    const { error } = createUploadBody.safeParse({ name: 'a', size: 1, options });

    expect(error?.issues[0]?.path.join('.')).toBe('options.tableValidation.schema.fields.0');
  });
});
