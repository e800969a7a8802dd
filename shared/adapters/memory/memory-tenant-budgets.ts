/** Limits of tenants in memory, for tests and the simulator. */
import type { TenantBudget } from '../../domain/budget.ts';
import type { TenantBudgetStore } from '../../ports/tenant-budget-store.ts';

export const createMemoryTenantBudgets = (): TenantBudgetStore => {
  const budgets = new Map<string, TenantBudget>();
  return {
    async find(tenant) {
      return budgets.get(tenant) ?? {};
    },
    async keep(tenant, budget) {
      budgets.set(tenant, budget);
    },
  };
};
