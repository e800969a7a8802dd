/** How often a tenant may ask. A hint with teeth: it protects neighbours, and decides nothing about any upload. */
import type { Rate, RateKind, Taken } from '../domain/rate.ts';

export interface RateAnswer extends Taken {
  readonly rate: Rate;
}

/** No method throws or takes longer than the adapter's named time-out. */
export interface RateLimiter {
  /** Takes one token of a tenant. Where the counter that all share is away, each sandbox counts for itself. */
  take(tenant: string, kind: RateKind): Promise<RateAnswer>;
}
