/** The last results of every bench: bench/results.json, from which docs/performance.md is made and against which a run is compared. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Row } from './bench.ts';
import type { Machine } from './machine.ts';

const path = fileURLToPath(new URL('../results.json', import.meta.url));

export interface Result {
  readonly about: string;
  readonly machine: Machine;
  readonly seconds: number;
  readonly rows: readonly Row[];
}

export type Results = Readonly<Record<string, Result>>;

export const readResults = async (): Promise<Results> =>
  JSON.parse(await readFile(path, 'utf8')) as Results;

export const writeResults = (results: Results): Promise<void> =>
  writeFile(path, `${JSON.stringify(results, null, 2)}\n`);

/** A ratio within a fifth of the last one is noise on a machine that others use too. */
const TOLERATED = 0.2;

export interface Regression {
  readonly row: Row;
  readonly before: number;
  readonly now: number;
}

/** Milliseconds, or how many in a second: without a peer they say what the machine did, not what we do. */
const isTime = ({ unit }: Row): boolean => /(?:^|\/)(?:s|ms|µs)$/.test(unit);

/** Undefined for what cannot be held against another run. */
const figureOf = (row: Row): number | undefined => {
  const { ratio, better, ours } = row;
  if (ratio === null && isTime(row)) return undefined;
  return ratio ?? (better === 'more' ? ours : 1 / ours);
};

/** Rows of `now` that are more than a fifth worse than the row of the same name was. Ratios where there is a peer, counts and sizes where there is none. */
export const regressionsIn = (before: readonly Row[], now: readonly Row[]): readonly Regression[] =>
  now.flatMap((row) => {
    const earlier = before.find((known) => known.case === row.case);
    if (earlier === undefined) return [];
    const [was, is] = [figureOf(earlier), figureOf(row)];
    if (was === undefined || is === undefined) return [];
    return is < was * (1 - TOLERATED) ? [{ row, before: was, now: is }] : [];
  });
