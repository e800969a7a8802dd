/** The ledger can fail: without one defence of the product, it finds a violation within a few hundred seeds. */
import { expect, it } from 'vitest';
import { MUTANTS } from './mutants.ts';
import { runSeed } from './run.ts';

const SEEDS = 300;

it.each(MUTANTS)(
  'notices that $name',
  async (mutant, profile) => {
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const { violations } = await runSeed(seed, profile, mutant);
      const [violation] = violations;
      if (violation === undefined) continue;
      console.log(`seed ${seed} (${profile.name}): ${violation.law} ${violation.what}`);
      return;
    }
    expect.unreachable(`${mutant.name} lived through ${SEEDS} seeds of ${profile.name}.`);
  },
  300_000,
);
