/** What a tenant may have on its way and how often it may ask, where an operator gave it limits of its own. */
import { counts, ratesWith, type TenantQuota, usedBy } from '../domain/quota.ts';
import type { Rates } from '../domain/rate.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReservationStore, TenantQuotaStore } from '../ports/tenant-quota-store.ts';
import type { UploadStore } from '../ports/upload-store.ts';
import { createRemembered } from './remembered.ts';

export type QuotaOf = (tenant: string) => Promise<TenantQuota>;

export const createQuotaOf = (tenantQuotas: TenantQuotaStore, clock: Clock): QuotaOf =>
  createRemembered((tenant) => tenantQuotas.find(tenant), clock);

/** How long a table that did not answer is not asked again for rates alone: no poll waits for it more often than that. */
const SILENT_MS = 5_000;

/** Never fails: where a tenant's own rates cannot be read, everybody's count. */
export const createRatesOf = (rates: Rates, quotaOf: QuotaOf, clock: Clock) => {
  let silentUntil = Number.NEGATIVE_INFINITY;
  return async (tenant: string): Promise<Rates> => {
    if (clock.now() < silentUntil) return rates;
    try {
      return ratesWith(rates, await quotaOf(tenant));
    } catch {
      silentUntil = clock.now() + SILENT_MS;
      return rates;
    }
  };
};

export interface SetTenantQuotaDeps {
  readonly tenantQuotas: TenantQuotaStore;
  readonly reservations: ReservationStore;
  readonly store: UploadStore;
  readonly clock: Clock;
}

export interface QuotaCommand {
  readonly tenant: string;
  /** Takes the place of what the tenant had; without it they are only shown. */
  readonly limits?: TenantQuota | undefined;
}

/** For the operator: sets and shows the limits of a tenant, and what it has on its way now. */
export const createSetTenantQuota =
  ({ tenantQuotas, reservations, store, clock }: SetTenantQuotaDeps) =>
  async ({ tenant, limits }: QuotaCommand) => {
    if (limits !== undefined) await tenantQuotas.keep(tenant, limits);
    const kept = limits ?? (await tenantQuotas.find(tenant));
    const { held } = await reservations.held(tenant);
    const uploads = await store.findAll(held.map(({ uploadId }) => uploadId));
    const now = clock.now();
    const waiting = held.filter((one, index) => counts(one, uploads[index], now));
    return { tenant, limits: kept, onItsWay: usedBy(waiting) };
  };
