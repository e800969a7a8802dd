/**
 * Buckets that all sandboxes share, in Redis: one script on one key. Polls are counted by each sandbox for itself, and
 * without Redis everything is.
 */
import * as z from 'zod';
import type { RateLimiter } from '../../ports/rate-limiter.ts';
import {
  createLocalRateLimiter,
  type LocalRateLimiterOptions,
  rateOfTenant,
} from '../local-rate-limiter.ts';
import type { BoundedRedis } from './bounded-redis.ts';
import { runScript, TAKE } from './scripts.ts';

/** Allowed or not, whole tokens left, milliseconds until the next one. */
const reply = z.tuple([z.int(), z.int().nonnegative(), z.int().nonnegative()]);

/** The braces keep a key in one slot of a cluster. */
const keyOf = (tenant: string, kind: string): string => `r:{${tenant}/${kind}}`;

export const createRedisRateLimiter = (
  redis: BoundedRedis,
  options: LocalRateLimiterOptions,
): RateLimiter => {
  const local = createLocalRateLimiter(options);
  return {
    async take(tenant, kind) {
      const rate = await rateOfTenant(options, tenant, kind);
      // A poll is one command: a second one, to count it, would double what it costs.
      if (kind === 'polls' || rate.perSecond === 0) return local.take(tenant, kind);
      const answer = await redis.run((client) =>
        runScript(client, TAKE, [keyOf(tenant, kind)], rate.perSecond, rate.burst),
      );
      const parsed = answer.kind === 'answered' ? reply.safeParse(answer.value) : undefined;
      if (parsed?.success !== true) return local.take(tenant, kind);
      const [allowed, remaining, waitMs] = parsed.data;
      return { isAllowed: allowed === 1, remaining, waitMs, rate };
    },
  };
};
