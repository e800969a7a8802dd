/** Many seeds as one test: on the first that fails, its story is the message. */
import { describe, expect, it } from 'vitest';
import { type Profile, profileNamed } from './faults.ts';
import { runSeed } from './run.ts';
import { createTotals, storyOf } from './telling.ts';

/** Only against a hang: a busy machine may be ten times slower than an idle one. */
const TIMEOUT_MS = 600_000;

/** Runs seeds 1 to `seeds` of each profile, and asks that together they took every path of `paths`. */
export const itHoldsFor = (
  plans: readonly (readonly [profile: Profile['name'], seeds: number])[],
  paths: readonly string[],
): void => {
  const sum = createTotals();

  describe.each(plans)('the profile %s', (name, seeds) => {
    it(
      `keeps every law of the ledger in ${seeds} seeds`,
      async () => {
        for (let seed = 1; seed <= seeds; seed += 1) {
          const report = await runSeed(seed, profileNamed(name));
          if (report.violations.length > 0) expect.fail(storyOf(report));
          sum.add(report);
        }
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
