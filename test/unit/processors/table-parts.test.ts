import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createJoinedTable } from '../../../shared/processors/table/parts/joined-table.ts';
import { createPartScanner } from '../../../shared/processors/table/parts/part-scanner.ts';
import { profileOfTable, type TableProfile } from '../../../shared/processors/table/profile.ts';
import { createRecordScanner } from '../../../shared/processors/table/record-scanner.ts';
import type { ScannedTable } from '../../../shared/processors/table/scanned-table.ts';
import { createTableScanner } from '../../../shared/processors/table/scanner.ts';
import { anyTable } from '../../support/any-table.ts';

const COMMA = 0x2c;
const LF = 0x0a;
const CR = 0x0d;
const onWidth = () => undefined;

/** All that a profile says, of a table and of its sample. */
const told = async (
  table: ScannedTable,
): Promise<TableProfile & { readonly keys: readonly number[] }> => {
  const decode = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');
  const profile = await profileOfTable(table, decode, new AbortController().signal);
  return { ...profile, keys: table.sample.map(({ key }) => key) };
};

const scanWhole = (bytes: Uint8Array): ScannedTable => {
  const scanner = createTableScanner({ delimiter: COMMA, place: 0, onWidth });
  scanner.write(bytes);
  return scanner.end();
};

/** Every place behind a line end. */
const placesOf = (bytes: Uint8Array): readonly number[] =>
  Array.from(bytes.keys())
    .filter((at) => bytes[at] === LF || (bytes[at] === CR && bytes[at + 1] !== LF))
    .map((at) => at + 1);

const writeIn = (
  scanner: { write(bytes: Uint8Array): void },
  bytes: Uint8Array,
  chunk: number,
): void => {
  for (let at = 0; at < bytes.length; at += chunk) scanner.write(bytes.subarray(at, at + chunk));
};

/** Cut at these places, of which the first is behind the first record. */
const scanParts = (bytes: Uint8Array, cuts: readonly number[], chunk: number): ScannedTable => {
  const ends = [...cuts, bytes.length];
  const first = createTableScanner({ delimiter: COMMA, place: 0, onWidth });
  writeIn(first, bytes.subarray(0, ends[0]), chunk);
  const start = first.pause();
  const table = createJoinedTable(start, onWidth);
  cuts.forEach((place, index) => {
    const width = start.firstRecord.length;
    const part = createPartScanner({ delimiter: COMMA, place, width, onWidth });
    writeIn(part, bytes.subarray(place, ends[index + 1]), chunk);
    table.add(part.end());
  });
  return table.end();
};

/** The first record must be whole in the first part. */
const firstEnd = (bytes: Uint8Array): number => {
  let isOver = false;
  const scanner = createRecordScanner(COMMA, {
    field: () => undefined,
    endRecord() {
      isOver = true;
    },
    blankLine: () => undefined,
  });
  let at = 0;
  for (; at < bytes.length && !isOver; at += 1) scanner.write(bytes.subarray(at, at + 1));
  return isOver ? at : Number.POSITIVE_INFINITY;
};

/** Some of the places to cut. */
const cutsOf = (bytes: Uint8Array, picks: readonly number[], from = 0): readonly number[] => {
  const least = Math.max(from, firstEnd(bytes));
  const places = placesOf(bytes).filter((place) => place >= least);
  const chosen = picks.flatMap((pick) => places[pick % places.length] ?? []);
  return [...new Set(chosen)].sort((left, right) => left - right);
};

const expectSame = async (
  bytes: Uint8Array,
  cuts: readonly number[],
  chunk: number,
): Promise<void> => {
  if (cuts.length === 0) return;
  expect(await told(scanParts(bytes, cuts, chunk)), `cut at ${cuts.join(', ')}`).toEqual(
    await told(scanWhole(bytes)),
  );
};

const picks = fc.array(fc.nat(), { minLength: 1, maxLength: 5 });

describe('the parts of a table', () => {
  it('come to the same as one pass over any table, wherever it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        anyTable,
        picks,
        fc.integer({ min: 1, max: 300 }),
        async (text, cuts, chunk) => {
          const bytes = Buffer.from(text);
          await expectSame(bytes, cutsOf(bytes, cuts), chunk);
        },
      ),
      { seed: 7, numRuns: 200 },
    );
  });

  it('come to the same as one pass over any bytes', async () => {
    const byte = fc.constantFrom(10, 10, 13, 32, 34, 34, 34, 44, 44, 48, 49, 65, 200);
    const bytes = fc.array(byte, { maxLength: 300 });

    await fc.assert(
      fc.asyncProperty(
        bytes,
        picks,
        fc.integer({ min: 1, max: 100 }),
        async (values, cuts, chunk) => {
          const all = Buffer.from(values);
          await expectSame(all, cutsOf(all, cuts), chunk);
        },
      ),
      { seed: 7, numRuns: 600 },
    );
  });

  it('come to the same as one pass over tables larger than any sample', async () => {
    const long = fc.tuple(anyTable, fc.integer({ min: 1, max: 5 })).map(([text, times]) => {
      const wanted = times * 30_000;
      return text.repeat(Math.ceil(wanted / Math.max(text.length, 300)));
    });

    await fc.assert(
      fc.asyncProperty(long, picks, async (text, cuts) => {
        const bytes = Buffer.from(text);
        await expectSame(bytes, cutsOf(bytes, cuts, bytes.length / 2), 65_536);
      }),
      { seed: 7, numRuns: 12 },
    );
  });
});
