/** Buckets in the memory of one sandbox: what counts where no other counter answers. */
import {
  type Bucket,
  type Rate,
  type RateKind,
  type Rates,
  rateFor,
  takeToken,
} from '../domain/rate.ts';
import type { Clock } from '../ports/clock.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';

export interface LocalRateLimiterOptions {
  readonly rates: Rates;
  /** Those of tenants that have their own. Never fails. */
  readonly ratesOf?: ((tenant: string) => Promise<Rates>) | undefined;
  readonly clock: Clock;
}

/** Beyond it the bucket that was made first is forgotten: its tenant gets a full one. */
const MAX_BUCKETS = 10_000;

export const rateOfTenant = async (
  { rates, ratesOf }: Pick<LocalRateLimiterOptions, 'rates' | 'ratesOf'>,
  tenant: string,
  kind: RateKind,
): Promise<Rate> => rateFor(kind, ratesOf === undefined ? rates : await ratesOf(tenant));

export const createLocalRateLimiter = (options: LocalRateLimiterOptions): RateLimiter => {
  const { clock } = options;
  const buckets = new Map<string, Bucket>();
  return {
    async take(tenant, kind) {
      const rate = await rateOfTenant(options, tenant, kind);
      const key = `${kind}/${tenant}`;
      const { bucket, taken } = takeToken(buckets.get(key), rate, clock.now());
      buckets.set(key, bucket);
      const [oldest] = buckets.keys();
      if (buckets.size > MAX_BUCKETS && oldest !== undefined) buckets.delete(oldest);
      return { ...taken, rate };
    },
  };
};
