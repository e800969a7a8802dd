/** Refuses a request of a tenant that asks more often than it may, and says when to come again. */
import { RequestError } from '../domain/errors.ts';
import type { RateKind } from '../domain/rate.ts';
import type { RateAnswer, RateLimiter } from '../ports/rate-limiter.ts';

/** 429, with the headers that say how long to wait (`Retry-After`) and how much there is (IETF draft "RateLimit header fields"). */
export class RateError extends RequestError {
  readonly headers: Readonly<Record<string, string>>;

  constructor(kind: RateKind, { remaining, waitMs, rate }: RateAnswer) {
    super('too_many_requests');
    const seconds = Math.max(1, Math.ceil(waitMs / 1000));
    const window = Math.ceil(rate.burst / rate.perSecond);
    this.headers = {
      'retry-after': String(seconds),
      ratelimit: `"${kind}";r=${remaining};t=${seconds}`,
      'ratelimit-policy': `"${kind}";q=${rate.burst};w=${window}`,
    };
  }
}

export type TakeTurn = (tenant: string, kind: RateKind) => Promise<void>;

/** Of a request of whoever has a session or a key. */
export const kindOf = (routeKey: string): RateKind =>
  routeKey.startsWith('GET ') ? 'polls' : 'requests';

/** @throws RateError when the tenant's bucket is empty. */
export const createTakeTurn =
  (rates: RateLimiter | undefined): TakeTurn =>
  async (tenant, kind) => {
    const answer = await rates?.take(tenant, kind);
    if (answer?.isAllowed === false) throw new RateError(kind, answer);
  };
