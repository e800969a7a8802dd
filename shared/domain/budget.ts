/** What one step may spend on one file. Reaching a limit is a normal, visible answer: `over_budget`. */
import { NonRetryableError } from './errors.ts';

export interface Budget {
  /** Bytes read from the object, over all reads. */
  readonly bytesIn: number;
  /** Bytes written to derived files and children, over all of them. */
  readonly bytesOut: number;
  /** Decoded pixels, over all frames. */
  readonly pixels: number;
  readonly frames: number;
  readonly pages: number;
  /** Archive entries, table columns, JSON keys: the members of a container. */
  readonly entries: number;
  /** Bytes of one such member that is unpacked. */
  readonly entryBytes: number;
  readonly nesting: number;
  /** Bytes out of a decompressor per byte put in. */
  readonly expansion: number;
  readonly wallSeconds: number;
}

const RESOURCES = [
  ...(['bytesIn', 'bytesOut', 'pixels', 'frames', 'pages'] as const),
  ...(['entries', 'entryBytes', 'nesting', 'expansion', 'wallSeconds'] as const),
] satisfies readonly (keyof Budget)[];
export type Resource = keyof Budget;

const MiB = 1024 ** 2;
const GiB = 1024 ** 3;

/**
 * What one step streams at most. The steps of a lane have ten minutes: at 18 MB/s, where a function was seen to read 50 to 90
 * and shares that with the other files of its batch, it is 10 GiB.
 */
export const MOST_STREAMED_BYTES = 10 * GiB;

/** The limits of a step that names none of its own. */
export const DEFAULT_BUDGET: Budget = {
  bytesIn: 5 * GiB,
  bytesOut: 64 * MiB,
  pixels: 100_000_000,
  frames: 10_000,
  pages: 2_000,
  entries: 100_000,
  entryBytes: GiB,
  nesting: 256,
  expansion: 200,
  wallSeconds: 120,
};

/** The most that a tenant's own limits can raise a step's to, where its processor does not say otherwise. */
export const CEILING: Budget = {
  bytesIn: MOST_STREAMED_BYTES,
  // Derived files are held in memory while they are written.
  bytesOut: 128 * MiB,
  pixels: 400_000_000,
  frames: 100_000,
  pages: 20_000,
  entries: 1_000_000,
  entryBytes: 5 * GiB,
  nesting: 4_096,
  expansion: 1_000,
  // A function of AWS runs for 900 seconds at most.
  wallSeconds: 840,
};

/** Limits in place of others; what is not named is as everywhere. */
export type Override = { readonly [Name in Resource]?: number | undefined };

/** A tenant's own limits, by step. */
export type TenantBudget = Readonly<Record<string, Override>>;

export interface BudgetTerms {
  /** Of the processor. */
  readonly own: Partial<Budget>;
  /** Of the processor, where it is not `CEILING`. */
  readonly ceiling?: Partial<Budget> | undefined;
  /** Of the tenant, for this step. */
  readonly override?: Override | undefined;
}

/** The limits of a step: the tenant's where it has its own, never above the ceiling. */
export const limitsFor = ({ own, ceiling, override = {} }: BudgetTerms): Budget => {
  const most: Budget = { ...CEILING, ...ceiling };
  const limits: Record<Resource, number> = { ...DEFAULT_BUDGET, ...own };
  for (const resource of RESOURCES) {
    const asked = override[resource];
    if (asked !== undefined) limits[resource] = Math.min(asked, most[resource]);
  }
  return limits;
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
