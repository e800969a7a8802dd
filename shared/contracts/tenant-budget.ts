/** The limits of a tenant: as an operator gives them, and as they are kept. */
import * as z from 'zod';
import type { TenantBudget } from '../domain/budget.ts';

const limit = z.number().positive().max(Number.MAX_SAFE_INTEGER).optional();

const limits = z.strictObject({
  bytesIn: limit,
  bytesOut: limit,
  pixels: limit,
  frames: limit,
  pages: limit,
  entries: limit,
  entryBytes: limit,
  nesting: limit,
  expansion: limit,
  wallSeconds: limit,
});

/** By step. */
export const tenantBudget: z.ZodType<TenantBudget> = z.record(z.string().min(1).max(64), limits);
