/** Errors on the wire: `application/problem+json` of RFC 9457. */
import * as z from 'zod';
import { REFUSAL_CODES, type RefusalCode } from '../domain/errors.ts';

/** What a caller may learn of an error: a refusal of its request, or that something of ours broke. */
export type ProblemCode = RefusalCode | 'internal';

/** The HTTP status of each code. */
export const PROBLEM_STATUS: Readonly<Record<ProblemCode, number>> = {
  unauthenticated: 401,
  not_found: 404,
  invalid_request: 400,
  conflict: 409,
  too_many_requests: 429,
  too_many_uploads: 429,
  too_many_bytes: 429,
  over_quota: 403,
  scan_pending: 409,
  withheld: 403,
  unavailable: 503,
  internal: 500,
};

export const problem = z.object({
  type: z.string().describe('The code as a URN.'),
  title: z.string().describe('A sentence for people, the same for the same code.'),
  status: z.int().min(400).max(599),
  code: z.enum([...REFUSAL_CODES, 'internal']).describe('For programs; never changes its meaning.'),
  detail: z.string().optional().describe('What exactly is wrong with this request.'),
  requestId: z.string().describe('The invocation, to find its log lines.'),
});

export type Problem = z.output<typeof problem>;
