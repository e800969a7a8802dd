/** Buckets in the memory of one sandbox: what counts where no other counter answers. */
import { type Bucket, type Rates, takeToken } from '../domain/rate.ts';
import type { Clock } from '../ports/clock.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';

export interface LocalRateLimiterOptions {
  readonly rates: Rates;
  readonly clock: Clock;
}

/** Beyond it the bucket that was made first is forgotten: its tenant gets a full one. */
const MAX_BUCKETS = 10_000;

export const createLocalRateLimiter = ({ rates, clock }: LocalRateLimiterOptions): RateLimiter => {
  const buckets = new Map<string, Bucket>();
  return {
    async take(tenant, kind) {
      const rate = rates[kind];
      const key = `${kind}/${tenant}`;
      const { bucket, taken } = takeToken(buckets.get(key), rate, clock.now());
      buckets.set(key, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest);
      return { ...taken, rate };
    },
  };
};
