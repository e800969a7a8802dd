/** How often the profile of a very wide table looks whether it should stop: counted by its work, for time depends on the machine. */
import { describe, expect, it } from 'vitest';
import { RetryableError } from '../../../shared/domain/errors.ts';
import { eachInTurns } from '../../../shared/processors/reading/turns.ts';
import { tableProfile } from '../../../shared/processors/table-profile.ts';
import { processorInput } from '../../support/processor-input.ts';

const COLUMNS = 16_384;
/** Columns that are worked on between two looks. */
const BETWEEN = 256;
/** Bytes of the table that are counted between two looks. */
const BYTES_BETWEEN = 4_096;

const reason = new RetryableError('deadline_exceeded');

/** A signal that counts who looks at it, and tells the stop from the look with this number on. */
const countingSignal = (stopsAt = Number.POSITIVE_INFINITY) => {
  const { signal } = new AbortController();
  let looks = 0;
  Object.defineProperty(signal, 'aborted', {
    get() {
      looks += 1;
      return looks >= stopsAt;
    },
  });
  Object.defineProperty(signal, 'reason', { get: () => reason });
  return { signal, looks: () => looks };
};

const profile = (text: string, type: string, signal: AbortSignal) => {
  const bytes = Buffer.from(text);
  // One chunk: only the work itself can be what looks are due to.
  return tableProfile.run(
    processorInput(tableProfile, bytes, { type, signal, chunkBytes: bytes.length }).input,
  );
};

const names = Array.from({ length: COLUMNS }, (_, column) => `c${column}`);
const csv = [names, names.map((_, column) => column % 7), names.map(() => 1)].join('\n');
const jsonLines = JSON.stringify(Object.fromEntries(names.map((name) => [name, 1])));

describe('a table of 16,384 columns', () => {
  it.each([
    // Bytes, columns out of the scanner, header, profiles, file.
    ['text/csv', csv, csv.length / BYTES_BETWEEN + (4 * COLUMNS) / BETWEEN],
    // Profiles, file.
    ['application/x-ndjson', jsonLines, (2 * COLUMNS) / BETWEEN],
  ])('of %s looks at the signal in each of its passes', async (type, text, least) => {
    const { signal, looks } = countingSignal();

    await profile(text, type, signal);

    expect(looks()).toBeGreaterThanOrEqual(Math.floor(least));
  });

  it('stops at whichever look finds the stop, and looks no more', async () => {
    const { signal: whole, looks: all } = countingSignal();
    await profile(csv, 'text/csv', whole);

    for (let at = 1; at <= all(); at += 101) {
      const { signal, looks } = countingSignal(at);
      await expect(profile(csv, 'text/csv', signal)).rejects.toBe(reason);
      expect(looks()).toBeLessThanOrEqual(at + 1);
    }
  });

  it('has the file that it would have in one piece', async () => {
    // Two windows: while the second is counted in pieces, the scanner's memory grows, and moves.
    const { input, files } = processorInput(tableProfile, Buffer.from(csv), { type: 'text/csv' });
    await tableProfile.run(input);
    const written = String(files.get('profile.json')?.bytes);

    expect(JSON.parse(written).columnProfiles).toHaveLength(COLUMNS);
    expect(written).toBe(`${JSON.stringify(JSON.parse(written), null, 2)}\n`);
  });
});

describe('a part of a table', () => {
  it.each([
    ['512 columns from its first record on', Array(512).fill('c').join(','), 0, false],
    ['512 columns in a later record', `a,b\n1,2\n${Array(512).fill(1).join(',')}`, 1, false],
    ['511 columns', Array(511).fill('c').join(','), 0, true],
  ])(
    'of %s leaves something to join only when packing that is quick',
    async (_, text, index, isSplit) => {
      const [head = '', ...records] = text.split('\n');
      const filling = `${head.replaceAll(/[^,]+/g, '1')}\n`.repeat(Math.ceil(70_000 / head.length));
      const bytes = Buffer.from(`${head}\n${filling}${records.join('\n')}\n`);
      const { input, files } = processorInput(tableProfile, bytes, { type: 'text/csv' });

      const answer = await tableProfile.split?.run(input, { index, count: 2 });

      expect(answer).toMatchObject({ isSplit });
      expect(files.size).toBe(isSplit ? 1 : 0);
    },
  );
});

describe('work in turns', () => {
  it('looks at the signal after so many units of work, whatever one element costs', async () => {
    for (const [cost, least] of [
      [1, 4],
      [64, 256],
      [1_000, 1_024],
    ] as const) {
      const { signal, looks } = countingSignal();
      await eachInTurns(Array(4 * BETWEEN).fill(0), { signal, cost }, () => undefined);
      expect(looks()).toBe(least);
    }
  });
});
