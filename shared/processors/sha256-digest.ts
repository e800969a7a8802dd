/** The SHA-256 of the bytes that arrived, held against the one the client declared. */
import { createHash } from 'node:crypto';
import * as z from 'zod';
import { NonRetryableError } from '../domain/errors.ts';
import { defineProcessor } from './processor.ts';
import { readWhole } from './reading/read-whole.ts';

const GiB = 1024 ** 3;

/** @throws NonRetryableError `checksum_mismatch` when the client declared another digest. */
export const sha256Digest = defineProcessor({
  name: 'sha256-digest',
  version: 1,
  lane: 'light',
  accepts: ['*/*'],
  reads: 'whole',
  isReusable: true,
  budget: { bytesIn: 5 * GiB, wallSeconds: 300 },
  outcome: z.object({
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
    bytes: z.int().nonnegative(),
    /** Whether the client had declared a digest, which then was this one. */
    declared: z.boolean(),
  }),
  async run(input) {
    const hash = createHash('sha256');
    let bytes = 0;
    await readWhole(input, (chunk) => {
      hash.update(chunk);
      bytes += chunk.length;
    });
    const sha256 = hash.digest('hex');

    const { declaredSha256 } = input.source;
    if (declaredSha256 !== undefined && declaredSha256 !== sha256) {
      throw new NonRetryableError('checksum_mismatch', { detail: `It is ${sha256}.` });
    }
    return { sha256, bytes, declared: declaredSha256 !== undefined };
  },
});
