/** `npm run simulate -- --seeds N [--seed S] [--profile P] [--json]`: runs seeds, and tells the story of the first that fails. */
import { parseArgs } from 'node:util';
import { profileNamed, profileOf } from './faults.ts';
import { type Report, runSeed } from './run.ts';
import { coverageLines, createTotals, storyOf } from './telling.ts';

const { values } = parseArgs({
  options: {
    /** How many; 2,000, or the one that `seed` names. */
    seeds: { type: 'string' },
    /** The first. */
    seed: { type: 'string' },
    profile: { type: 'string' },
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

const startedAt = performance.now();
const sum = createTotals();
const failed: Report[] = [];
let done = 0;
let hash = '';
for (let seed = first; seed < first + count && (values.all || failed.length === 0); seed += 1) {
  const profile = values.profile === undefined ? profileOf(seed) : profileNamed(values.profile);
  const report = await runSeed(seed, profile);
  sum.add(report);
  done += 1;
  hash = report.journal.hash();
  if (report.violations.length > 0) failed.push(report);
}

const seconds = (performance.now() - startedAt) / 1000;
if (values.json) {
  const failures = failed.map(({ seed, profile, violations }) => ({ seed, profile, violations }));
  console.log(JSON.stringify({ seeds: done, seconds, ...sum.totals(), failures }, null, 2));
} else {
  for (const line of coverageLines(sum.totals())) console.log(line);
  const speed = `${(done / seconds).toFixed(0)} seeds/s`;
  console.log(`\n${done} seeds in ${seconds.toFixed(1)} s, ${speed}; ${failed.length} failed.`);
  const [firstFailed, ...others] = failed;
  if (firstFailed !== undefined) console.log(storyOf(firstFailed));
  for (const { seed, profile, violations } of others) {
    console.log(`seed ${seed} ${profile}: ${violations[0]?.law} ${violations[0]?.what}`);
  }
  if (done === 1) console.log(`journal ${hash}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
