/**
 * `npm run bench -- [NAME…] [--json] [--compare] [--save]`: runs the named benches, or all but those that are asked for by
 * name only (`huge`), one after another, each in a process of its own. One that fails ends the run with 1 after the others
 * have run, and keeps its last saved result. `--compare` ends with 1 when a ratio is more than a fifth below the last saved one; `--save` keeps
 * the results and makes docs/performance.md anew.
 */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs, promisify } from 'node:util';
import type { Row } from './harness/bench.ts';
import { usualBenches } from './harness/benches.ts';
import { describeMachine } from './harness/machine.ts';
import { writePerformancePage } from './harness/performance-page.ts';
import { type Result, readResults, regressionsIn, writeResults } from './harness/results.ts';
import { figure, textTable } from './harness/show.ts';

/** Only against a hang: a busy machine takes half of it for the 5 GB of `huge`. */
const LONGEST_MS = 60 * 60_000;
const runner = fileURLToPath(new URL('harness/run-one.ts', import.meta.url));
const loader = new URL('harness/register.mjs', import.meta.url).href;

const runBench = async (name: string): Promise<Result> => {
  const machine = describeMachine();
  const startedAt = performance.now();
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--expose-gc', '--import', loader, runner, name],
    { timeout: LONGEST_MS, maxBuffer: 16 * 1024 ** 2 },
  );
  const seconds = Math.round((performance.now() - startedAt) / 1000);
  const answer = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as {
    readonly about: string;
    readonly rows: readonly Row[];
  };
  return { ...answer, machine, seconds };
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    compare: { type: 'boolean', default: false },
    save: { type: 'boolean', default: false },
  },
});

const saved = await readResults();
const results: Record<string, Result> = { ...saved };
for (const name of positionals.length === 0 ? usualBenches : positionals) {
  const result = await runBench(name).catch((error: unknown) => {
    console.error(`FAILED  ${name}:`, error);
    process.exitCode = 1;
  });
  if (result === undefined) continue;
  results[name] = result;
  if (values.json) {
    for (const row of result.rows) console.log(JSON.stringify({ ...row, machine: result.machine }));
  } else {
    console.log(`\n${name}: ${result.about} (${result.seconds} s)\n${textTable(result.rows)}`);
  }
  if (!values.compare) continue;
  for (const { row, before, now } of regressionsIn(saved[name]?.rows ?? [], result.rows)) {
    console.error(`WORSE  ${name}, ${row.case}: ${figure(now)} after ${figure(before)}`);
    process.exitCode = 1;
  }
}
if (values.save) {
  await writeResults(results);
  await writePerformancePage(results);
}
