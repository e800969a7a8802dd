/** What limits a tenant has of its own: asked for with every message, and remembered for a minute. */
import { limitsFor, type TenantBudget } from '../domain/budget.ts';
import { RequestError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { TenantBudgetStore } from '../ports/tenant-budget-store.ts';
import type { Processor } from '../processors/processor.ts';

/** How long a change may take to reach every worker. */
const REMEMBERED_MS = 60_000;
/** Tenants whose limits one sandbox remembers. */
const MOST_TENANTS = 1_000;

export type BudgetOf = (tenant: string) => Promise<TenantBudget>;

export interface TenantBudgetsDeps {
  readonly tenantBudgets: TenantBudgetStore;
  readonly clock: Clock;
}

/** One read for a tenant a minute, however many messages; one that fails is not remembered. */
export const createBudgetOf = ({ tenantBudgets, clock }: TenantBudgetsDeps): BudgetOf => {
  const known = new Map<
    string,
    { readonly until: number; readonly budget: Promise<TenantBudget> }
  >();
  return (tenant) => {
    const now = clock.now();
    const remembered = known.get(tenant);
    if (remembered !== undefined && remembered.until > now) return remembered.budget;
    if (known.size >= MOST_TENANTS) known.clear();
    const budget = tenantBudgets.find(tenant);
    known.set(tenant, { until: now + REMEMBERED_MS, budget });
    budget.catch(() => known.delete(tenant));
    return budget;
  };
};

export type BudgetedProcessor = Pick<Processor, 'name' | 'budget' | 'ceiling'>;

export interface BudgetCommand {
  readonly tenant: string;
  /** Takes the place of what the tenant had; without it they are only shown. */
  readonly limits?: TenantBudget | undefined;
}

/**
 * For the operator: sets and shows the limits of a tenant.
 * @throws RequestError `invalid_request` for a step that there is not.
 */
export const createSetTenantBudget =
  (tenantBudgets: TenantBudgetStore, processors: readonly BudgetedProcessor[]) =>
  async ({ tenant, limits }: BudgetCommand) => {
    const steps = new Map(processors.map((processor) => [processor.name, processor]));
    const unknown = Object.keys(limits ?? {}).find((step) => !steps.has(step));
    if (unknown !== undefined) {
      throw new RequestError('invalid_request', { detail: `There is no step ${unknown}.` });
    }
    if (limits !== undefined) await tenantBudgets.keep(tenant, limits);
    const kept = limits ?? (await tenantBudgets.find(tenant));
    const inForce = Object.entries(kept).flatMap(([step, override]) => {
      const processor = steps.get(step);
      if (processor === undefined) return [];
      const { budget: own, ceiling } = processor;
      return [[step, limitsFor({ own, ceiling, override })] as const];
    });
    return { tenant, limits: kept, inForce: Object.fromEntries(inForce) };
  };
