/** The profile of a CSV: CPU time and memory of a fresh process, ours against a database and two parsers. */
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import type { Bench, Measured } from './harness/bench.ts';
import { installPeer, peerVersion } from './harness/peers.ts';
import { type EngineRun, runEngine } from './table/engine.ts';
import { writeTable } from './table/generate.ts';
import { PROGRAMS } from './table/peers.ts';

const LARGE_BYTES = 1e9;
const SMALL_BYTES = LARGE_BYTES / 5;
const ROUNDS = 3;

type Peer = keyof typeof PROGRAMS;

const bundleOurs = async (folder: string): Promise<string> => {
  const outfile = join(folder, 'ours.mjs');
  await build({
    entryPoints: [join(import.meta.dirname, 'table/ours.ts')],
    bundle: true,
    format: 'esm',
    platform: 'node',
    outfile,
    logLevel: 'error',
  });
  return outfile;
};

const peerProgram = async (peer: Peer): Promise<string> => {
  const program = join(await installPeer(peer), 'profile.cjs');
  await writeFile(program, PROGRAMS[peer]);
  return program;
};

/** The round that took least CPU time: whatever else the machine does only adds. */
const best = async (program: string, path: string, rounds: number): Promise<EngineRun> => {
  let least: EngineRun | undefined;
  for (let round = 0; round < rounds; round += 1) {
    const run = await runEngine(program, path);
    if (least === undefined || run.cpuSeconds < least.cpuSeconds) least = run;
  }
  if (least === undefined) throw new Error('There was no round.');
  return least;
};

/** Rows and nulls must be the same, and the extremes of the numbers: columns 0, 3 and 4. */
const expectSame = (ours: EngineRun, theirs: EngineRun, peer: string): void => {
  const told = ({ rows, columns }: EngineRun) =>
    JSON.stringify([
      rows,
      columns.map(({ nulls }) => nulls),
      [0, 3, 4].map((at) => [Number(columns[at]?.min), Number(columns[at]?.max)]),
    ]);
  if (told(ours) !== told(theirs))
    throw new Error(`${peer} says ${told(theirs)}, we say ${told(ours)}.`);
};

export const bench: Bench = {
  name: 'table',
  about:
    'The profile of a CSV of ten columns (rows, types, nulls, min, max; ours also estimates the different values, takes a sample and tells the dialect): ' +
    'MB per second of CPU time, user and system, from the open file to the answer in a fresh process, least of three rounds. ' +
    'The parsers share one profiler and read 200 MB, ours and DuckDB 1 GB; all agree on rows, nulls and the extremes of numbers.',
  async run() {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-table-'));
    try {
      const [large, quoted] = [join(folder, 'large.csv'), join(folder, 'quoted.csv')];
      await writeTable(large, { bytes: LARGE_BYTES, quoted: false, seed: 1 });
      await writeTable(quoted, { bytes: SMALL_BYTES, quoted: true, seed: 2 });
      const ours = await bundleOurs(folder);
      const rows: Measured[] = [];
      const compare = async (peer: Peer, path: string, name: string, target?: number) => {
        const program = await peerProgram(peer);
        const us = await best(ours, path, ROUNDS);
        const them = await best(program, path, peer === 'csv-parse' ? 1 : ROUNDS);
        expectSame(us, them, peer);
        const mb = (await stat(path)).size / 1e6;
        rows.push({
          case: name,
          unit: 'MB/s of CPU',
          better: 'more',
          ours: mb / us.cpuSeconds,
          peer: { name: peerVersion(peer), value: mb / them.cpuSeconds },
          ...(target === undefined ? {} : { target: { of: 'ratio', value: target } as const }),
        });
        return us.peakRssMb;
      };
      const peak = await compare(
        '@duckdb/node-api',
        large,
        'plain, against one thread of DuckDB',
        2,
      );
      await compare('@duckdb/node-api', quoted, 'quoted, against one thread of DuckDB', 2);
      await compare('csv-parse', quoted, 'quoted, against csv-parse');
      await compare('papaparse', quoted, 'quoted, against Papa Parse');
      rows.push({
        case: 'peak memory of the process at 1 GB',
        unit: 'MB',
        better: 'less',
        ours: peak,
        target: { of: 'ours', value: 90 },
      });
      return rows;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  },
};
