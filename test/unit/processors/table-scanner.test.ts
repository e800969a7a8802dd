import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Column } from '../../../shared/processors/table/column.ts';
import { type SampledRecord, sampledValue } from '../../../shared/processors/table/sample.ts';
import type { ScannedTable } from '../../../shared/processors/table/scanned-table.ts';
import { createTableScanner } from '../../../shared/processors/table/scanner.ts';
import { anyTable, DATES, NUMBERS, WORDS } from '../../support/any-table.ts';
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
