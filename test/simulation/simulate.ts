/** `npm run simulate -- --seeds N [--seed S] [--profile P] [--json]`: runs seeds, and tells the story of the first that fails. */
import { parseArgs } from 'node:util';
import { profileNamed, profileOf } from './faults.ts';
import { runSeed } from './run.ts';
import { openSeedWorkers, type SeedReport } from './seed-workers.ts';
import { coverageLines, createTotals, storyOf } from './telling.ts';

const { values } = parseArgs({
  options: {
    /** How many; 2,000, or the one that `seed` names. */
    seeds: { type: 'string' },
    /** The first. */
    seed: { type: 'string' },
    profile: { type: 'string' },
    /** Processes; as many as there are processors when absent. One seed alone runs in this one. */
    workers: { type: 'string' },
    json: { type: 'boolean', default: false },
    /** Goes on after a failure. */
    all: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed ?? 1);
const count = Number(values.seeds ?? (values.seed === undefined ? 2000 : 1));
if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
  throw new Error('--seeds and --seed take whole numbers.');
}
const asked = values.profile === undefined ? undefined : profileNamed(values.profile);
const profileFor = (seed: number) => asked ?? profileOf(seed);

const startedAt = performance.now();
const sum = createTotals();
const failed: SeedReport[] = [];
let done = 0;
let hash = '';
const take = (report: SeedReport): void => {
  sum.add(report);
  done += 1;
  if (report.violations.length > 0) failed.push(report);
};

function* seeds(): Generator<number> {
  for (let seed = first; seed < first + count; seed += 1) yield seed;
}
if (count === 1) {
  const report = await runSeed(first, profileFor(first));
  hash = report.journal.hash();
  take({ ...report, story: storyOf(report) });
} else {
  const workers = await openSeedWorkers(
    values.workers === undefined ? undefined : Number(values.workers),
  );
  await workers
    .run({
      seeds: seeds(),
      profileOf: (seed) => profileFor(seed).name,
      onReport(report) {
        take(report);
        return failed.length > 0 && !values.all ? 'stop' : 'go on';
      },
    })
    .finally(workers.close);
}
failed.sort((left, right) => left.seed - right.seed);

const seconds = (performance.now() - startedAt) / 1000;
if (values.json) {
  const failures = failed.map(({ seed, profile, violations }) => ({ seed, profile, violations }));
  console.log(JSON.stringify({ seeds: done, seconds, ...sum.totals(), failures }, null, 2));
} else {
  for (const line of coverageLines(sum.totals())) console.log(line);
  const speed = `${(done / seconds).toFixed(0)} seeds/s`;
  console.log(`\n${done} seeds in ${seconds.toFixed(1)} s, ${speed}; ${failed.length} failed.`);
  const [firstFailed, ...others] = failed;
  if (firstFailed !== undefined) console.log(firstFailed.story);
  for (const { seed, profile, violations } of others) {
    console.log(`seed ${seed} ${profile}: ${violations[0]?.law} ${violations[0]?.what}`);
  }
  if (done === 1) console.log(`journal ${hash}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
