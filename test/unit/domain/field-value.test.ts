import { describe, expect, it } from 'vitest';
import { parserOf } from '../../../shared/domain/field-value.ts';
import type { TableField } from '../../../shared/domain/table-schema.ts';

const parse = (text: string, field: Omit<TableField, 'name'>) =>
  parserOf({ name: 'a', ...field })(text);

describe('parserOf', () => {
  it.each<[string, Omit<TableField, 'name'>, unknown]>([
    ['anything', {}, 'anything'],
    ['', { type: 'string' }, ''],
    ['-12', { type: 'integer' }, -12],
    ['007', { type: 'integer' }, 7],
    ['1.234.567', { type: 'integer', groupChar: '.' }, 1_234_567],
    ['1.5e3', { type: 'number' }, 1500],
    ['.5', { type: 'number' }, 0.5],
    ["1'234,5", { type: 'number', decimalChar: ',', groupChar: "'" }, 1234.5],
    ['-INF', { type: 'number' }, Number.NEGATIVE_INFINITY],
    ['NaN', { type: 'number' }, Number.NaN],
    ['1', { type: 'boolean' }, true],
    ['False', { type: 'boolean' }, false],
    ['nein', { type: 'boolean', falseValues: ['nein'] }, false],
    ['1970-01-02', { type: 'date' }, 86_400_000],
    ['0001-01-01', { type: 'date' }, -62_135_596_800_000],
    ['2024-02-29', { type: 'date' }, Date.UTC(2024, 1, 29)],
    ['00:01', { type: 'time' }, 60_000],
    ['23:59:59.5', { type: 'time' }, 86_399_500],
    ['1970-01-01T01:00:00+01:00', { type: 'datetime' }, 0],
    ['1970-01-01 00:00:01', { type: 'datetime' }, 1000],
    ['1970-01-01T00:00-0130', { type: 'datetime' }, 5_400_000],
    ['1999', { type: 'year' }, 1999],
    ['1999-12', { type: 'yearmonth' }, 1999 * 12 + 12],
    ['ann@example.org', { type: 'string', format: 'email' }, 'ann@example.org'],
    ['urn:isbn:1', { type: 'string', format: 'uri' }, 'urn:isbn:1'],
    [
      '123e4567-e89b-12d3-a456-426614174000',
      { type: 'string', format: 'uuid' },
      '123e4567-e89b-12d3-a456-426614174000',
    ],
  ])('reads %j as %j', (text, field, expected) => {
    expect(parse(text, field)).toEqual(expected);
  });

  it.each<[string, Omit<TableField, 'name'>]>([
    ['1.0', { type: 'integer' }],
    ['1 234', { type: 'integer' }],
    ['', { type: 'integer' }],
    ['+', { type: 'number' }],
    ['1.5', { type: 'number', decimalChar: ',' }],
    ['1,5,5', { type: 'number', decimalChar: ',' }],
    ['0x10', { type: 'number' }],
    ['Infinity', { type: 'number' }],
    ['toString', { type: 'number' }],
    ['yes', { type: 'boolean' }],
    ['true', { type: 'boolean', trueValues: ['ja'] }],
    ['2023-02-29', { type: 'date' }],
    ['2023-13-01', { type: 'date' }],
    ['2023-00-10', { type: 'date' }],
    ['23-01-01', { type: 'date' }],
    ['24:00', { type: 'time' }],
    ['1970-01-01', { type: 'datetime' }],
    ['1970-01-01T00:00:00+15:00', { type: 'datetime' }],
    ['99', { type: 'year' }],
    ['1999-13', { type: 'yearmonth' }],
    ['ann@example', { type: 'string', format: 'email' }],
    [`${'a'.repeat(250)}@example.org`, { type: 'string', format: 'email' }],
    ['example.org', { type: 'string', format: 'uri' }],
    ['123e4567', { type: 'string', format: 'uuid' }],
  ])('reads %j as nothing', (text, field) => {
    expect(parse(text, field)).toBeUndefined();
  });
});
