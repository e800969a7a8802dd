/** What tenants may have on their way, and what is reserved for it. */
import type { Reservation, Reservations, Room, TenantQuota } from '../domain/quota.ts';

/** Errors of both methods: RetryableError `store_unavailable`. */
export interface TenantQuotaStore {
  /** Eventually consistent; empty for a tenant that has none. */
  find(tenant: string): Promise<TenantQuota>;
  /** Replaces what was there. */
  keep(tenant: string, quota: TenantQuota): Promise<void>;
}

/** Errors of all methods: RetryableError `store_unavailable`, after which a write may or may not have happened. */
export interface ReservationStore {
  /**
   * Holds all of `asked`, which are of one owner, or none of it when it does not fit into the room, or its owner's share of
   * it, with what is held: one conditional write, exact under any number of writers. What is held already stays as it is, so the same call can be repeated.
   */
  reserve(
    tenant: string,
    asked: readonly Reservation[],
    room: Room,
  ): Promise<'reserved' | 'no_room'>;
  /** A consistent read. */
  held(tenant: string): Promise<Reservations>;
  /** Lets go of these, each at most once, and keeps when that was. */
  settle(tenant: string, ended: readonly Reservation[], at: number): Promise<void>;
}
