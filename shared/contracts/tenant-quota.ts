/** What a tenant may have on its way and how often it may ask: as an operator gives it, and as it is kept. */
import * as z from 'zod';
import { MAX_RESERVED_UPLOADS, type TenantQuota } from '../domain/quota.ts';

/** 0: nobody counts. */
const perSecond = z.number().min(0).max(100_000).optional();

export const tenantQuota: z.ZodType<TenantQuota> = z.strictObject({
  /** 0: no upload at all. */
  uploads: z.int().min(0).max(MAX_RESERVED_UPLOADS).optional(),
  bytes: z.int().min(0).optional(),
  requestsPerSecond: perSecond,
  pollsPerSecond: perSecond,
});
