/** The SHA-256 of the bytes that arrived, held against the one the client declared. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { MOST_STREAMED_BYTES } from '../domain/budget.ts';
import { NonRetryableError, SkippedError } from '../domain/errors.ts';
import { defineProcessor } from './processor.ts';
import { readWhole } from './reading/read-whole.ts';

/**
 * @throws NonRetryableError `checksum_mismatch` when the client declared another digest; SkippedError `over_budget` for
 * a file that is too large for one step (it cannot be put together from parts), unless a digest was declared: then nobody
 * can say that it is the file that was meant.
 */
export const sha256Digest = defineProcessor({
  name: 'sha256-digest',
  version: 1,
  lane: 'light',
  accepts: ['*/*'],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: MOST_STREAMED_BYTES, wallSeconds: 600 },
  outcome: z.object({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.int().nonnegative(),
    /** Whether the client had declared a digest, which then was this one. */
    declared: z.boolean(),
  }),
  async run(input) {
    const { declaredSha256, size } = input.source;
    if (size > MOST_STREAMED_BYTES && declaredSha256 === undefined) {
      throw new SkippedError('over_budget', {
        detail: `The limit is ${MOST_STREAMED_BYTES} bytesIn.`,
      });
    }
    const hash = createHash('sha256');
    let bytes = 0;
    await readWhole(input, (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    const sha256 = hash.digest('hex');

    if (declaredSha256 !== undefined && declaredSha256 !== sha256) {
      throw new NonRetryableError('checksum_mismatch', { detail: `It is ${sha256}.` });
    }
    return { sha256, bytes, declared: declaredSha256 !== undefined };
  },
});
