/** A process of its own that runs the seeds it is sent, one after the other, and answers what came of each. */
import { profileNamed } from './faults.ts';
import { type Report, runSeed } from './run.ts';
import type { SeedOrder, SeedReport } from './seed-workers.ts';
import { storyOf } from './telling.ts';

/** What goes over a wire: a journal stays where it was written. */
const sentOf = (report: Report): SeedReport => {
  const { journal, ...rest } = report;
  return report.violations.length === 0 ? rest : { ...rest, story: storyOf(report) };
};

process.on('message', async ({ seeds, profiles }: SeedOrder) => {
  const reports: SeedReport[] = [];
  for (const [index, seed] of seeds.entries()) {
    reports.push(sentOf(await runSeed(seed, profileNamed(profiles[index] ?? ''))));
  }
  process.send?.(reports);
});

// Whoever sent them is gone, however it ended: nobody would ever read the rest.
process.on('disconnect', () => process.exit());
