/** The limits that tenants have of their own. */
import type { TenantBudget } from '../domain/budget.ts';

/** Errors of both methods: RetryableError `store_unavailable`. */
export interface TenantBudgetStore {
  /** Eventually consistent; empty for a tenant that has none. */
  find(tenant: string): Promise<TenantBudget>;
  /** Replaces what was there. */
  keep(tenant: string, budget: TenantBudget): Promise<void>;
}
