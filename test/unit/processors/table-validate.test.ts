import { describe, expect, it } from 'vitest';
import type {
  TableField,
  TableSchema,
  TableValidation,
} from '../../../shared/domain/table-schema.ts';
import { told, validateTable } from '../../support/validated-table.ts';

/** The errors of a column of these values. */
const errorsOf = async (field: Omit<TableField, 'name'>, ...values: readonly string[]) => {
  const text = `a,b\n${values.map((value) => `"${value}",x\n`).join('')}`;
  return told(
    await validateTable(text, { schema: { fields: [{ name: 'a', ...field }, { name: 'b' }] } }),
  );
};

describe('a value', () => {
  it.each<[Omit<TableField, 'name'>, readonly string[], readonly string[]]>([
    [{ type: 'integer' }, ['1', 'x', ''], ['3 a type']],
    [{ type: 'string', format: 'email' }, ['a@b.org', 'a'], ['3 a format']],
    [{ constraints: { required: true } }, ['x', ''], ['3 a required']],
    [{ constraints: { unique: true } }, ['x', 'y', 'x', 'x', ''], ['4 a unique', '5 a unique']],
    [
      { type: 'number', constraints: { minimum: 1, maximum: 2 } },
      ['1', '2.0', '0.9', '2.1'],
      ['4 a minimum', '5 a maximum'],
    ],
    [
      { type: 'date', constraints: { minimum: '2024-01-01' } },
      ['2024-01-01', '2023-12-31'],
      ['3 a minimum'],
    ],
    [
      { type: 'string', constraints: { minLength: 2, maxLength: 3 } },
      ['ab', '😀😀😀', 'a', 'abcd'],
      ['4 a minLength', '5 a maxLength'],
    ],
    [
      { type: 'string', constraints: { pattern: '[A-Z]\\d+' } },
      ['A1', 'A1x', ' A1'],
      ['3 a pattern', '4 a pattern'],
    ],
    [{ constraints: { enum: ['red', 'blue'] } }, ['red', 'green'], ['3 a enum']],
    [{ type: 'integer', constraints: { enum: [1, 2] } }, ['1', '+2', '3'], ['4 a enum']],
    [{ type: 'number', decimalChar: ',', groupChar: '.' }, ['1.234,5', '1,5,5'], ['3 a type']],
  ])('is held against %j', async (field, values, errors) => {
    expect(await errorsOf(field, ...values)).toEqual(errors);
  });

  it('breaks one rule at a time: the first', async () => {
    const field = {
      type: 'integer',
      constraints: { minimum: 5, enum: [9], unique: true },
    } as const;

    expect(await errorsOf(field, 'x', '1', '9', '9')).toEqual([
      '2 a type',
      '3 a enum',
      '5 a unique',
    ]);
  });

  it('that is longer than any cell is told, in whatever characters', async () => {
    const long = '€'.repeat(32_768);

    expect(await errorsOf({ type: 'string' }, long, long.slice(1), 'x')).toEqual(['2 a length']);
  });

  it('is missing when it is one of the missing values, and only then', async () => {
    const schema: TableSchema = {
      missingValues: ['NA', '-'],
      fields: [{ name: 'a', type: 'string', constraints: { required: true, minLength: 1 } }],
    };

    expect(told(await validateTable('a\nNA\n-\n""\nx\n', { schema }))).toEqual([
      '2 a required',
      '3 a required',
      '4 a minLength',
    ]);
  });
});

const ABC: TableSchema = { fields: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] };

describe('columns', () => {
  it.each<[NonNullable<TableSchema['fieldsMatch']>, string, readonly string[]]>([
    ['exact', 'a,b,c', []],
    ['exact', 'a,c,b', ['b misplaced', 'c misplaced']],
    ['exact', 'a,b', ['c missing']],
    ['exact', 'a,b,c,d', ['d extra']],
    ['equal', 'c,a,b', []],
    ['equal', 'c,a,x', ['b missing', 'x extra']],
    ['equal', 'c,a,b,b', ['b repeated']],
    ['subset', 'x,c,b,a', []],
    ['subset', 'a,b', ['c missing']],
    ['superset', 'c,a', []],
    ['superset', 'a,x', ['x extra']],
    ['partial', 'x,b', []],
    ['partial', 'x,y', ['a missing', 'b missing', 'c missing']],
  ])('%s: %s', async (fieldsMatch, header, problems) => {
    const row = header.replaceAll(/[a-z]/g, '1');
    const found = await validateTable(`${header}\n${row}\n`, { schema: { ...ABC, fieldsMatch } });

    expect(
      found.columnProblems.map((entry) => Object.values(entry as Record<string, string>).join(' ')),
    ).toEqual(problems);
    expect(found.columnProblemCount).toBe(problems.length);
    expect(found.accepted).toBe(problems.length === 0);
    expect(found.reasons).toEqual(problems.length === 0 ? [] : ['columns']);
  });

  it('are told by their order where there is no header', async () => {
    const schema: TableSchema = { fields: [{ name: 'id', type: 'integer' }, { name: 'name' }] };
    const found = await validateTable('1,x\ny,2\n', { schema, header: false });

    expect(told(found)).toEqual(['2 id type']);
    expect(found.rows).toBe(2);
  });

  it('are found by name when their order does not matter, and where a name stands first', async () => {
    const schema: TableSchema = {
      fieldsMatch: 'partial',
      fields: [
        { name: 'id', type: 'integer' },
        { name: 'not there', constraints: { required: true } },
      ],
    };

    expect(told(await validateTable('x,id,id\na,1,b\na,b,1\n', { schema }))).toEqual(['3 id type']);
  });

  it('of a row that has more or fewer of them are told once, and what is there is checked', async () => {
    const schema: TableSchema = {
      fields: [{ name: 'a' }, { name: 'b', constraints: { required: true } }],
    };
    const found = await validateTable('a,b\n1\n1,2,3\n1,2\n', { schema });

    expect(told(found)).toEqual(['2  width', '2 b required', '3  width']);
    expect(found.report).toMatch(/^row,column,rule,value\n/);
    expect(found.report).toContain('2,"",width,"1 of 2"');
    expect(found).toMatchObject({ rows: 3, invalidRows: 2, errors: 3 });
  });
});

describe('acceptance', () => {
  const schema: TableSchema = { fields: [{ name: 'a', type: 'integer' }, { name: 'b' }] };
  const rows = (good: number, bad: number): string =>
    `a,b\n${'1,x\n'.repeat(good)}${'x,x\n'.repeat(bad)}`;

  it.each<[number, number, TableValidation['tolerance'], readonly string[]]>([
    [10, 0, undefined, []],
    [10, 1, undefined, ['invalid_rows']],
    [10, 1, { invalidRows: 1 }, []],
    [10, 2, { invalidRows: 1 }, ['invalid_rows']],
    [9, 1, { invalidShare: 0.1 }, []],
    [8, 2, { invalidShare: 0.1 }, ['invalid_share']],
    [8, 2, { invalidShare: 0.5, invalidRows: 1 }, ['invalid_rows']],
    [0, 3, { invalidShare: 0.1, invalidRows: 1 }, ['invalid_rows', 'invalid_share']],
    [0, 0, { invalidShare: 0 }, []],
  ])('of %i good and %i bad rows under %j', async (good, bad, tolerance, reasons) => {
    const found = await validateTable(rows(good, bad), { schema, tolerance });

    expect(found).toMatchObject({ reasons, accepted: reasons.length === 0, rows: good + bad });
    expect(found.file).toBe(bad === 0 ? null : 'errors.csv');
  });
});

describe('the report', () => {
  it('D13: holds nothing that a spreadsheet would take for a formula', async () => {
    const evil = ['=1+1', '+1', '-1', '@SUM(1)', '\t=1', '\r=1', '\n=1', '＝1', 'a"b', "'=1"];
    const schema: TableSchema = { fields: [{ name: '=cmd', type: 'boolean' }, { name: 'b' }] };
    const text = `=cmd,b\n${evil.map((value) => `"${value.replaceAll('"', '""')}",x\n`).join('')}`;
    const { report = '' } = await validateTable(text, { schema });

    const cells = [...report.matchAll(/"((?:[^"]|"")*)"/g)].map(([, cell = '']) =>
      cell.replaceAll('""', '"'),
    );
    expect(cells.filter((_, at) => at % 2 === 0).every((name) => name === "'=cmd")).toBe(true);
    expect(cells.filter((_, at) => at % 2 === 1)).toEqual([
      ...evil.slice(0, 8).map((value) => `'${value}`),
      ...evil.slice(8),
    ]);
  });

  it('is cut at 10,000 errors, and the rest is counted', async () => {
    const schema: TableSchema = {
      fields: [
        { name: 'a', type: 'integer' },
        { name: 'b', type: 'integer' },
      ],
    };
    const found = await validateTable(`a,b\n${'x,y\n'.repeat(6_000)}`, { schema });

    expect(found).toMatchObject({ errors: 12_000, reported: 10_000, invalidRows: 6_000 });
    expect(found.errorsByRule).toEqual({ type: 12_000 });
    expect(found.columns).toEqual([
      { name: 'a', errors: 6_000 },
      { name: 'b', errors: 6_000 },
    ]);
    expect(found.report?.split('\n')).toHaveLength(10_002);
  });

  it('shows the beginning of a long value', async () => {
    const found = await validateTable(`a,b\n${'x'.repeat(500)},y\n`, {
      schema: { fields: [{ name: 'a', type: 'integer' }, { name: 'b' }] },
    });

    expect(found.report).toContain(`2,"a",type,"${'x'.repeat(200)}…"`);
  });
});
