/** What limits a tenant has of its own: asked for with every message, and remembered for a minute. */
import { limitsFor, type TenantBudget } from '../domain/budget.ts';
import { RequestError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { TenantBudgetStore } from '../ports/tenant-budget-store.ts';
import type { Processor } from '../processors/processor.ts';
import { createRemembered } from './remembered.ts';

export type BudgetOf = (tenant: string) => Promise<TenantBudget>;

export interface TenantBudgetsDeps {
  readonly tenantBudgets: TenantBudgetStore;
  readonly clock: Clock;
}

/** One read for a tenant a minute, however many messages. */
export const createBudgetOf = ({ tenantBudgets, clock }: TenantBudgetsDeps): BudgetOf =>
  createRemembered((tenant) => tenantBudgets.find(tenant), clock);

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
