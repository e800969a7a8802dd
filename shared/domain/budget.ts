/** What one step may spend on one file. Reaching a limit is a normal, visible answer: `over_budget`. */
import { NonRetryableError } from './errors.ts';

export interface Budget {
  /** Bytes read from the object, over all reads. */
  readonly bytesIn: number;
  /** Bytes written to derived files, over all of them. */
  readonly bytesOut: number;
  /** Decoded pixels, over all frames. */
  readonly pixels: number;
  readonly frames: number;
  readonly pages: number;
  /** Archive entries, table columns, JSON keys: the members of a container. */
  readonly entries: number;
  readonly nesting: number;
  /** Bytes out of a decompressor per byte put in. */
  readonly expansion: number;
  readonly wallSeconds: number;
}

export type Resource = keyof Budget;

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/** The limits of a step that names none of its own. */
export const DEFAULT_BUDGET: Budget = {
  bytesIn: 5 * GiB,
  bytesOut: 64 * MiB,
  pixels: 100_000_000,
  frames: 1_000,
  pages: 2_000,
  entries: 100_000,
  nesting: 256,
  expansion: 200,
  wallSeconds: 120,
};

/** Counts what a step spends and stops it at the limit. */
export interface BudgetMeter {
  readonly limits: Budget;
  /**
   * Adds to what was spent so far.
   * @throws NonRetryableError `over_budget`, naming the resource and its limit.
   */
  spend(resource: Resource, amount: number): void;
  /** Like `spend`, for a resource of which only the largest single value counts (nesting, expansion). */
  reach(resource: Resource, amount: number): void;
}

export const createBudgetMeter = (own: Partial<Budget> = {}): BudgetMeter => {
  const limits: Budget = { ...DEFAULT_BUDGET, ...own };
  const spent = new Map<Resource, number>();

  const check = (resource: Resource, amount: number): void => {
    if (amount > limits[resource]) {
      throw new NonRetryableError('over_budget', {
        detail: `The limit is ${limits[resource]} ${resource}.`,
      });
    }
  };

  return {
    limits,
    spend(resource, amount) {
      const total = (spent.get(resource) ?? 0) + amount;
      spent.set(resource, total);
      check(resource, total);
    },
    reach: check,
  };
};
