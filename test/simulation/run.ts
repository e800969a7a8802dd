/** Runs one seed to its end and says what came of it. */
import type { Fault, Profile } from './faults.ts';
import type { Journal } from './journal.ts';
import { pollAll } from './pollers.ts';
import type { Violation } from './problem.ts';
import { addRandomScenario } from './scenario.ts';
import { startSweeper } from './sweeper.ts';
import { judge } from './verdict.ts';
import { createWorld, type Mutant, START, type World } from './world.ts';

export interface Report {
  readonly seed: number;
  readonly profile: string;
  readonly violations: readonly Violation[];
  readonly journal: Journal;
  readonly faults: ReadonlyMap<Fault, number>;
  readonly coverage: ReadonlyMap<string, number>;
  readonly picks: number;
  readonly virtualMs: number;
}

/** Longer than a poll may believe the view without asking the state. */
const QUIET_MS = 10 * 60_000;

/** Lets a filled world run until nothing is left to happen, then judges it. */
export const settleWorld = async (world: World, mayFail: boolean): Promise<void> => {
  const { scheduler, ledger } = world;
  startSweeper(world);
  // Processors yield to the event loop by the wall clock; here only virtual time may decide anything.
  const realNow = performance.now;
  performance.now = () => 0;
  // Thousands of errors are expected here, and a fifth of the time would go into their stacks.
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  // An error that nobody hears ends a real process, with every neighbour in it.
  const unheard = (error: unknown): void =>
    ledger.violate({ law: 'L1', uploadId: '', what: `the process died: ${String(error)}` });
  process.on('uncaughtException', unheard);
  try {
    await scheduler.run();
    if (ledger.violations().length === 0) {
      world.faults.stop();
      scheduler.after(QUIET_MS, () => {
        world.isQuiet = true;
        pollAll(world);
      });
      await scheduler.run();
    }
  } catch (error) {
    ledger.violate({ law: 'L1', uploadId: '', what: String(error) });
  } finally {
    performance.now = realNow;
    process.off('uncaughtException', unheard);
    Error.stackTraceLimit = stackTraceLimit;
  }
  if (ledger.violations().length === 0) judge(world, mayFail);
};

export const runSeed = async (seed: number, profile: Profile, mutant?: Mutant): Promise<Report> => {
  const world = createWorld({ seed, profile, mutant });
  addRandomScenario(world);
  await settleWorld(world, profile.name !== 'calm');
  const { ledger, journal, faults, scheduler } = world;
  return {
    seed,
    profile: profile.name,
    violations: ledger.violations(),
    journal,
    faults: faults.counts(),
    coverage: ledger.coverage(),
    picks: scheduler.picks(),
    virtualMs: scheduler.now() - START,
  };
};
