/** `npm run simulate -- --seeds N [--seed S] [--profile P] [--json]`: runs seeds, and tells the story of the first that fails. */
import { parseArgs } from 'node:util';
import { profileNamed, profileOf } from './faults.ts';
import { type Report, runSeed } from './run.ts';
import { coverageLines, storyOf, totalsOf } from './telling.ts';

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '2000' },
    seed: { type: 'string' },
    profile: { type: 'string' },
    json: { type: 'boolean', default: false },
    all: { type: 'boolean', default: false },
  },
});

const first = Number(values.seed ?? 1);
const count = values.seed === undefined ? Number(values.seeds) : 1;
if (!Number.isInteger(first) || !Number.isInteger(count) || count < 1) {
  throw new Error('--seeds and --seed take whole numbers.');
}

const startedAt = Date.now();
const reports: Omit<Report, 'journal'>[] = [];
const failed: Report[] = [];
for (let seed = first; seed < first + count; seed += 1) {
  const profile = values.profile === undefined ? profileOf(seed) : profileNamed(values.profile);
  const report = await runSeed(seed, profile);
  const { journal: _, ...kept } = report;
  reports.push(kept);
  if (report.violations.length === 0) continue;
  failed.push(report);
  if (!values.all) break;
}

const seconds = (Date.now() - startedAt) / 1000;
const totals = totalsOf(reports);
const hash = values.seed === undefined ? undefined : failed[0]?.journal.hash();
if (values.json) {
  const failures = failed.map(({ seed, profile, violations }) => ({ seed, profile, violations }));
  console.log(JSON.stringify({ seeds: reports.length, seconds, ...totals, failures }, null, 2));
} else {
  for (const line of coverageLines(totals)) console.log(line);
  console.log(
    `\n${reports.length} seeds in ${seconds.toFixed(1)} s, ${(reports.length / seconds).toFixed(0)} seeds/s; ${failed.length} failed.`,
  );
  for (const report of failed.slice(0, 1)) console.log(storyOf(report));
  for (const { seed, profile, violations } of failed.slice(1)) {
    console.log(`seed ${seed} ${profile}: ${violations[0]?.law} ${violations[0]?.what}`);
  }
  if (hash !== undefined) console.log(`journal ${hash}`);
}
process.exitCode = failed.length === 0 ? 0 : 1;
