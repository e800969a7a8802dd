/** Quotas and reservations of tenants in memory, for tests and the simulator. */
import { freshOf, lackOf, type Reservation, type TenantQuota } from '../../domain/quota.ts';
import type { ReservationStore, TenantQuotaStore } from '../../ports/tenant-quota-store.ts';

export const createMemoryTenantQuotas = (): TenantQuotaStore => {
  const quotas = new Map<string, TenantQuota>();
  return {
    async find(tenant) {
      return quotas.get(tenant) ?? {};
    },
    async keep(tenant, quota) {
      quotas.set(tenant, quota);
    },
  };
};

export const createMemoryReservations = (): ReservationStore => {
  const rows = new Map<string, Map<string, Reservation>>();
  const settled = new Map<string, number>();
  const rowOf = (tenant: string) => rows.get(tenant) ?? new Map<string, Reservation>();
  return {
    async reserve(tenant, asked, room) {
      const row = rowOf(tenant);
      const held = [...row.values()];
      const fresh = freshOf(asked, held);
      if (lackOf(room, held, fresh) !== undefined) return 'no_room';
      rows.set(tenant, new Map([...row, ...fresh.map((one) => [one.uploadId, one] as const)]));
      return 'reserved';
    },
    async held(tenant) {
      return { held: [...rowOf(tenant).values()], settledAt: settled.get(tenant) ?? 0 };
    },
    async settle(tenant, ended, at) {
      const row = new Map(rowOf(tenant));
      for (const { uploadId } of ended) row.delete(uploadId);
      rows.set(tenant, row);
      settled.set(tenant, at);
    },
  };
};
