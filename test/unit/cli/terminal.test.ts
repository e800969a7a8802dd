import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { exitCodeOf, UsageError } from '../../../cli/exit-codes.ts';
import { barText, bytesText, columns, plain } from '../../../cli/terminal.ts';
import { ApiError, TransferError } from '../../../client/errors.ts';

describe('text for a terminal', () => {
  it('E12: has no control and no invisible mark, whatever it was', () => {
    const unseen = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary', maxLength: 100 }),
        (text) => !unseen.test(plain(text)),
      ),
    );
    expect(plain('Überblick 2026 (1).csv')).toBe('Überblick 2026 (1).csv');
  });

  it.each([
    [0, '0 bytes'],
    [1023, '1023 bytes'],
    [1024, '1.0 KiB'],
    [5 * 1024 ** 3, '5.0 GiB'],
    [5 * 1024 ** 4, '5.0 TiB'],
    [5 * 1024 ** 5, '5120.0 TiB'],
  ])('says %i bytes as %s', (bytes, text) => {
    expect(bytesText(bytes)).toBe(text);
  });

  it('has bars of one width, empty, full and beyond', () => {
    const bars = [-1, 0, 0.5, 1, 7].map(barText);

    expect(new Set(bars.map(({ length }) => length)).size).toBe(1);
    expect(bars[0]).toBe(bars[1]);
    expect(bars[3]).toBe(bars[4]);
  });

  it('puts cells under each other and leaves no blanks at the end', () => {
    expect(
      columns([
        ['a', 'state', ''],
        ['longer', 'x', 'why'],
      ]),
    ).toEqual(['a       state', 'longer  x      why']);
  });
});

describe('an exit code', () => {
  it.each([
    [new UsageError('Say which.'), 2],
    [new ApiError('', 0), 3],
    [new ApiError('', 503), 3],
    [new ApiError('', 401), 4],
    [new ApiError('', 404), 5],
    [new ApiError('', 409), 6],
    [new TransferError('', { again: true }), 3],
    [new TransferError('', { status: 403 }), 6],
    [new TypeError('a mistake of ours'), undefined],
  ])('of %o is %o', (error, code) => {
    expect(exitCodeOf(error)).toBe(code);
  });
});
