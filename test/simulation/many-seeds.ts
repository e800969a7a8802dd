/** Many seeds as one test: on the first that fails, its story is the message. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Profile } from './faults.ts';
import { openSeedWorkers, type SeedReport, type SeedWorkers } from './seed-workers.ts';
import { createTotals } from './telling.ts';

/** Only against a hang: a busy machine may be ten times slower than an idle one. */
const TIMEOUT_MS = 600_000;

/** Runs seeds 1 to `seeds` of each profile, and asks that together they took every path of `paths`. */
export const itHoldsFor = (
  plans: readonly (readonly [profile: Profile['name'], seeds: number])[],
  paths: readonly string[],
): void => {
  const sum = createTotals();
  let workers: SeedWorkers;

  // The tests themselves are already as many processes as there shall be; one for all profiles is warm after the first.
  beforeAll(async () => {
    workers = await openSeedWorkers(1);
  }, TIMEOUT_MS);
  afterAll(() => workers.close());

  describe.each(plans)('the profile %s', (name, seeds) => {
    it(
      `keeps every law of the ledger in ${seeds} seeds`,
      async () => {
        const failed: SeedReport[] = [];
        await workers.run({
          seeds: Array.from({ length: seeds }, (_, index) => index + 1),
          profileOf: () => name,
          onReport(report) {
            sum.add(report);
            if (report.violations.length > 0) failed.push(report);
            return failed.length > 0 ? 'stop' : 'go on';
          },
        });
        const [first] = failed;
        if (first !== undefined) expect.fail(first.story);
      },
      TIMEOUT_MS,
    );
  });

  it('takes every path that there is to take: a path nobody takes is a hole', () => {
    const { coverage, faults } = sum.totals();
    const taken = { ...coverage, ...faults };
    expect(paths.filter((path) => (taken[path] ?? 0) === 0)).toEqual([]);
  });
};
