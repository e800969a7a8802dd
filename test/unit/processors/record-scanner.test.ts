import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createRecordScanner,
  KEPT_BYTES,
} from '../../../shared/processors/table/record-scanner.ts';

interface Scanned {
  readonly records: readonly (readonly string[])[];
  readonly lengths: readonly number[];
  readonly blankLines: number;
  readonly unclosed: boolean;
}

const scan = (bytes: Buffer, chunkBytes = bytes.length + 1, delimiter = ','): Scanned => {
  const records: string[][] = [];
  const lengths: number[] = [];
  let record: string[] = [];
  let blankLines = 0;
  const scanner = createRecordScanner(delimiter.charCodeAt(0), {
    field(from, start, end, length) {
      record.push(Buffer.from(from.subarray(start, end)).toString('latin1'));
      lengths.push(length);
    },
    endRecord() {
      records.push(record);
      record = [];
    },
    blankLine() {
      blankLines += 1;
    },
  });
  for (let at = 0; at < bytes.length; at += chunkBytes)
    scanner.write(bytes.subarray(at, at + chunkBytes));
  const unclosed = scanner.end();
  return { records, lengths, blankLines, unclosed };
};

const recordsOf = (text: string): Scanned['records'] => scan(Buffer.from(text, 'latin1')).records;

describe('the record scanner', () => {
  it.each([
    [
      'LF',
      'a,b\nc,d\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CRLF',
      'a,b\r\nc,d\r\n',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'CR',
      'a,b\rc,d\r',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'no line end at the end',
      'a,b\nc,d',
      [
        ['a', 'b'],
        ['c', 'd'],
      ],
    ],
    [
      'empty fields',
      ',\n,,',
      [
        ['', ''],
        ['', '', ''],
      ],
    ],
    ['quotes', '"a","b, c"\n', [['a', 'b, c']]],
    ['doubled quotes', '"a ""b"" c",d\n', [['a "b" c', 'd']]],
    ['only doubled quotes', '"""",x\n', [['"', 'x']]],
    ['a line end within quotes', '"a\r\nb",c\n', [['a\r\nb', 'c']]],
    ['an empty quoted field', '""\n', [['']]],
    ['a quote within a plain field', 'a"b,c\n', [['a"b', 'c']]],
    ['text behind a closing quote', '"a"b,c\n', [['ab', 'c']]],
    ['a blank between quote and delimiter', '"a" ,c\n', [['a ', 'c']]],
  ])('reads %s', (_, text, records) => {
    expect(recordsOf(text)).toEqual(records);
  });

  it('counts lines that are no record', () => {
    expect(scan(Buffer.from('a\n\n\r\n\rb\n'))).toMatchObject({
      records: [['a'], ['b']],
      blankLines: 3,
    });
    expect(scan(Buffer.from('\r\n'))).toMatchObject({ records: [], blankLines: 1 });
  });

  it('says when a quote is never closed', () => {
    expect(scan(Buffer.from('a,"b\nc'))).toMatchObject({
      records: [['a', 'b\nc']],
      unclosed: true,
    });
    expect(scan(Buffer.from('a,"b"'))).toMatchObject({ records: [['a', 'b']], unclosed: false });
  });

  it('D14: keeps the beginning of a huge field, and its length', () => {
    const huge = scan(Buffer.from(`"${'x'.repeat(100_000)}""",b\n`), 1_000);

    expect(huge.records).toEqual([['x'.repeat(KEPT_BYTES), 'b']]);
    expect(huge.lengths).toEqual([100_001, 1]);
  });

  it('reads back what was written, however it is cut', () => {
    const cell = fc.string({
      unit: fc.constantFrom('a', '"', ',', '\n', '\r', ' ', 'é'),
      maxLength: 12,
    });
    // A record of one empty field is written as a blank line, so it is quoted.
    const table = fc.array(fc.array(cell, { minLength: 1, maxLength: 5 }), {
      minLength: 1,
      maxLength: 8,
    });
    const quote = (value: string): string =>
      /^$|[",\r\n]/.test(value) ? `"${value.replaceAll('"', '""')}"` : value;

    fc.assert(
      fc.property(
        table,
        fc.constantFrom('\n', '\r\n', '\r'),
        fc.integer({ min: 1, max: 20 }),
        (rows, end, size) => {
          const text = rows.map((row) => row.map(quote).join(',') + end).join('');
          expect(scan(Buffer.from(text, 'latin1'), size).records).toEqual(rows);
        },
      ),
      { seed: 7 },
    );
  });

  it('reads any bytes the same, however they are cut', () => {
    const bytes = fc.array(fc.constantFrom(0, 10, 13, 34, 44, 65, 200), { maxLength: 60 });

    fc.assert(
      fc.property(bytes, fc.integer({ min: 1, max: 9 }), (values, size) => {
        const whole = Buffer.from(values);
        expect(scan(whole, size)).toEqual(scan(whole));
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});
