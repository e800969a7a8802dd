import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../shared/processors/table/column.ts';
import { type SampledRecord, sampledValue } from '../../../shared/processors/table/sample.ts';
import type { ScannedTable } from '../../../shared/processors/table/scanned-table.ts';
import { createTableScanner } from '../../../shared/processors/table/scanner.ts';
import { type SlowTable, scanSlowly } from '../../support/slow-table.ts';

const COMMA = 0x2c;

const cut = function* (bytes: Uint8Array, chunkBytes: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkBytes) yield bytes.subarray(at, at + chunkBytes);
};

const scan = (bytes: Uint8Array, chunkBytes = 65_536, delimiter = COMMA): ScannedTable => {
  const scanner = createTableScanner({ delimiter, place: 0, onWidth: () => undefined });
  for (const chunk of cut(bytes, chunkBytes)) scanner.write(chunk);
  return scanner.end();
};

const latin = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

/** What can be compared of a column: of the kept values, what lies behind their end says nothing. */
const plainColumn = ({ first, last, examples, registers, ...rest }: Column) => ({
  ...rest,
  first: first.length < 0 ? null : latin(first.bytes.subarray(0, first.length)),
  last: last.length < 0 ? null : latin(last.bytes.subarray(0, last.length)),
  examples: examples.map(({ bytes, at }) => [latin(bytes), at]),
  registers: latin(registers),
});

const plain = (
  { columns, firstRecord, ...rest }: Omit<ScannedTable, 'sample' | 'firstKey'>,
  records: readonly SampledRecord[],
) => ({
  ...rest,
  columns: columns.map(plainColumn),
  firstRecord: firstRecord.map(latin),
  records: records.map(({ bytes, ends }) => JSON.stringify([latin(bytes), ends])).sort(),
});

const plainScanned = ({ sample, firstKey: _, ...rest }: ScannedTable) => plain(rest, sample);
const plainSlow = ({ all, ...rest }: SlowTable) => plain(rest, all);

const expectSame = (bytes: Uint8Array, chunkBytes?: number, delimiter = COMMA): void => {
  const slow = plainSlow(scanSlowly([bytes], delimiter));
  expect(plainScanned(scan(bytes, chunkBytes, delimiter))).toEqual(slow);
};

const NUMBERS = [
  '0',
  '-0',
  '+0',
  '00',
  '01',
  '-01',
  '0.5',
  '00.5',
  '.5',
  '5.',
  '.',
  '-',
  '+',
  '-.',
  '1.2.3',
  '1e5',
  '1E-3',
  '1e',
  '1e+',
  '1e1234',
  '1e0001',
  '1e999',
  '-1e999',
  '1.e3',
  '.e3',
  '0e0',
  '007',
  '-007',
  '9007199254740993',
  '123456789012345',
  '1234567890123456',
  '12345678901234567',
  '-1234567890123456',
  '0.1234567890123456',
  '12345678.12345678',
  '1234567.12345678',
  '123456789012345.6',
  '3.14',
  '-273.15',
  '1,5',
  '1_000',
  '1 000',
  '١',
  '99999999999999999999999999999999999999999',
  '1234567890123456789012345678901234567890',
  '0x10',
  'NaN',
  'Infinity',
  '4.35',
  '0.1',
  '2.675',
  '1.005',
  '0.3',
  '1e22',
  '1e23',
  '5e-324',
  '1.7976931348623157e308',
  '12a',
  'a12',
  '--1',
  '+-1',
] as const;

const DATES = [
  '2024-02-29',
  '2024-02-30',
  '2024-13-01',
  '2024-00-01',
  '2024-01-00',
  '2024-01-32',
  '0024-01-01',
  '2024-1-01',
  '2024-01-01 ',
  '2024/01/01',
  '20240101',
  '2024-01-0',
  '2024-01-01T',
  '2024-01-01T10',
  '2024-01-01T10:00',
  '2024-01-01 10:00',
  '2024-01-01_10:00',
  '2024-01-01T24:00',
  '2024-01-01T23:60',
  '2024-01-01T10:00:00',
  '2024-01-01T10:00:60',
  '2024-01-01T10:00:00Z',
  '2024-01-01T10:00Z',
  '2024-01-01T10:00z',
  '2024-01-01T10:00:00.1',
  '2024-01-01T10:00:00.123456789',
  '2024-01-01T10:00:00.1234567890',
  '2024-01-01T10:00:00.',
  '2024-01-01T10:00:',
  '2024-01-01T10:00:0',
  '2024-01-01T10:00+02:00',
  '2024-01-01T10:00:00-0200',
  '2024-01-01T10:00:00+2',
  '2024-01-01T10:00:00+02:0',
  '2024-01-01T10:00:00.5+02:00',
  '2024-01-01T10:00:00+02:00x',
  '0024-01-01T10:00',
  '2024-01-01T10-00',
  '-024-01-01',
  '2024-01-01T1a:00',
  '2024-0a-01',
] as const;

const WORDS = [
  'true',
  'FALSE',
  'True',
  'tru',
  'truee',
  'fals',
  'x',
  'xy',
  'ein längeres Wort',
  'z'.repeat(15),
  'z'.repeat(16),
  'z'.repeat(17),
  'z'.repeat(63),
  'z'.repeat(64),
  'z'.repeat(65),
  'z'.repeat(300),
  '\u00ff\u00ff',
  '\0',
  '\0'.repeat(16),
  'a\0',
  '\x7f',
  '\x01',
  '\t',
  ' ',
  '  a  ',
  '\ta',
  'a\t ',
  ' '.repeat(255) + 'a',
  ' '.repeat(256) + 'a',
  '12' + ' '.repeat(260),
  'é'.repeat(40),
  '€',
] as const;

const anyTable = (() => {
  const value = fc.oneof(
    fc.constantFrom(...NUMBERS, ...DATES, ...WORDS),
    fc.constantFrom('', 'a "b" c', '"', '""', 'line\nend', 'cr\r', ',', '\r\n'),
    fc.string({ unit: fc.constantFrom(...'ab1.-",\n\r \t\0é'), maxLength: 12 }),
    fc.string({ maxLength: 200 }),
  );
  const quote = (text: string, isQuoted: boolean): string =>
    isQuoted || /^$|[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  const field = fc.tuple(value, fc.boolean()).map(([text, isQuoted]) => quote(text, isQuoted));
  const records = fc
    .integer({ min: 1, max: 6 })
    .chain((columns) =>
      fc.array(
        fc.oneof(
          { weight: 9, arbitrary: fc.array(field, { minLength: columns, maxLength: columns }) },
          { weight: 1, arbitrary: fc.array(fc.oneof(field, value), { maxLength: 8 }) },
        ),
        { maxLength: 40 },
      ),
    );
  return fc
    .tuple(records, fc.constantFrom('\n', '\r\n', '\r', '\n\n'), fc.boolean())
    .map(([rows, lineEnd, isEnded]) => {
      const text = rows.map((fields) => fields.join(',')).join(lineEnd);
      return isEnded ? text + lineEnd : text;
    });
})();

describe('the table scanner', () => {
  it.each([
    ['numbers', NUMBERS],
    ['dates', DATES],
    ['words', WORDS],
    ['all of them', [...NUMBERS, ...DATES, ...WORDS]],
  ])('takes %s as the slow way does, each alone and one after the other', (_, values) => {
    const quoted = (value: string): string => (/["\n\r,]/.test(value) ? `"${value}"` : value);
    for (const value of values) expectSame(Buffer.from(`a,b\nx,${quoted(value)}\n`, 'latin1'));
    for (const order of [values, [...values].reverse()]) {
      expectSame(Buffer.from(`a,b\n${order.map((value) => `x,${quoted(value)}\n`).join('')}`));
    }
  });

  it('reads any table as the slow way does, however it is cut', () => {
    fc.assert(
      fc.property(anyTable, fc.integer({ min: 1, max: 300 }), (text, chunkBytes) => {
        expectSame(Buffer.from(text), chunkBytes);
      }),
      { seed: 7, numRuns: 300 },
    );
  });

  it('reads any table that is longer than its batches and windows', () => {
    const longEnough = (text: string): string =>
      text.repeat(Math.ceil(150_000 / Math.max(text.length, 1_500)));
    const withoutValues = (bytes: Uint8Array, chunkBytes: number) => ({
      slow: plainSlow({ ...scanSlowly([bytes], COMMA), all: [] }),
      fast: plainScanned({ ...scan(bytes, chunkBytes), sample: [] }),
    });

    fc.assert(
      fc.property(anyTable, fc.integer({ min: 5_000, max: 70_000 }), (text, chunkBytes) => {
        const { slow, fast } = withoutValues(Buffer.from(longEnough(text)), chunkBytes);
        expect(fast).toEqual(slow);
      }),
      { seed: 7, numRuns: 40 },
    );
  });

  it('reads any bytes as the slow way does, however they are cut', () => {
    const byte = fc.constantFrom(0, 9, 10, 10, 13, 32, 34, 34, 44, 44, 48, 49, 45, 46, 65, 200);
    const bytes = fc.array(byte, { maxLength: 400 });

    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 200 }), (values, chunkBytes) => {
        expectSame(Buffer.from(values), chunkBytes);
      }),
      { seed: 7, numRuns: 1_500 },
    );
  });

  it.each([
    ['a record longer than a batch', `a,b\n1,${'x'.repeat(100_000)}\n2,y\n`],
    ['a quoted field longer than all of the memory', `a,b\n1,"${'x\n""'.repeat(200_000)}"\n2,y\n`],
    ['a quote that is never closed', `a,b\n1,2\n3,"${'x\n'.repeat(100_000)}`],
    ['more fields than a block has bytes', `${'c,'.repeat(700)}c\n${'1,'.repeat(700)}1\n`],
    ['nothing but blank lines', '\n'.repeat(50_000)],
    ['a table of one column', `name\n${'x\n\n'.repeat(20_000)}`],
    ['inches in plain fields', `size,n\n${'5" pipe,3\n"6"" pipe",4\n'.repeat(20_000)}`],
    ['text behind closing quotes', `a,b\n${'"x"y,"1" \n'.repeat(20_000)}`],
    ['records that end in CRLF', `a,b\r\n${'x,1\r\n'.repeat(20_000)}`],
    ['records that end in CR', `a,b\r${'x,1\r'.repeat(20_000)}`],
    ['records that end in all ways', `a,b\r${'x,1\r\ny,2\nz,3\r"q",4\r\n\r\n\n\r'.repeat(5_000)}`],
    ['ragged records among others', `a,b,c\n${'1,2,3\n1,2\n1,2,3,4\n1,2,3\n'.repeat(5_000)}`],
  ])('reads %s', (_, text) => {
    const bytes = Buffer.from(text);
    const slow = scanSlowly([bytes], COMMA);
    for (const chunkBytes of [1_000, 65_536, bytes.length]) {
      const scanned = scan(bytes, chunkBytes);
      expect(plainScanned({ ...scanned, sample: [] })).toEqual(plainSlow({ ...slow, all: [] }));
    }
  });

  it('knows what each quote is for, wherever in a block it stands', () => {
    for (let before = 0; before < 140; before += 1) {
      const pad = 'x'.repeat(before);
      const fields = [
        `"${pad}"y,1`,
        `${pad}"y",2`,
        `"${pad}""y",3`,
        `"${pad}","4"`,
        `"${pad}\r\n",5`,
      ];
      for (const field of fields) expectSame(Buffer.from(`a,b\n${field}\nz,"6"\n`));
    }
  });

  it('takes the same sample of a large table, however it is cut', () => {
    const rows = Array.from({ length: 30_000 }, (_, row) => `${row},${row % 7}\n`).join('');
    const bytes = Buffer.from(`id,n\n${rows}`);
    const { sample } = scan(bytes);

    expect(scan(bytes, 777).sample).toEqual(sample);
    expect(sample).toHaveLength(1_024);
    const ids = sample.map((record) => Number(latin(sampledValue(record, 0) ?? new Uint8Array())));
    expect(new Set(ids).size).toBe(1_024);
    // Four standard errors of the mean of a uniform sample.
    expect(Math.abs(ids.reduce((sum, id) => sum + id, 0) / 1_024 - 15_000)).toBeLessThan(1_083);
  });

  it('stops where the caller throws', () => {
    const scanner = createTableScanner({
      delimiter: COMMA,
      place: 0,
      onWidth: (columns) => {
        if (columns > 3) throw new Error('too wide');
      },
    });

    expect(() => scanner.write(Buffer.from('1,2,3\n1,2,3,4\n'))).toThrow('too wide');
  });
});
