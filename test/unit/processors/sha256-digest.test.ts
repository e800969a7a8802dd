import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { NonRetryableError, SkippedError } from '../../../shared/domain/errors.ts';
import { sha256Digest } from '../../../shared/processors/sha256-digest.ts';
import { processorInput } from '../../support/processor-input.ts';

const bytes = Buffer.from('some bytes');
const sha256 = createHash('sha256').update(bytes).digest('hex');

describe('sha256-digest', () => {
  it('answers the digest and the size', async () => {
    const { input } = processorInput(sha256Digest, bytes);

    expect(await sha256Digest.run(input)).toEqual({ sha256, bytes: 10, declared: false });
  });

  it('confirms a declared digest', async () => {
    const { input } = processorInput(sha256Digest, bytes, { declaredSha256: sha256 });

    expect(await sha256Digest.run(input)).toEqual({ sha256, bytes: 10, declared: true });
  });

  it('refuses bytes that were not declared, and says what they are', async () => {
    const { input } = processorInput(sha256Digest, bytes, { declaredSha256: '0'.repeat(64) });

    const run = sha256Digest.run(input);

    await expect(run).rejects.toMatchObject({ code: 'checksum_mismatch', retryable: false });
    await expect(run).rejects.toThrow(sha256);
  });

  it('leaves out what takes longer than a step may, unless somebody relies on the answer', async () => {
    const size = 10 * 1024 ** 3;
    const largest = processorInput(sha256Digest, bytes, { size });
    const larger = processorInput(sha256Digest, bytes, { size: size + 1 });
    const declared = processorInput(sha256Digest, bytes, {
      size: size + 1,
      declaredSha256: sha256,
      budget: { bytesIn: 9 },
    });

    expect(await sha256Digest.run(largest.input)).toMatchObject({ sha256 });
    const leftOut = sha256Digest.run(larger.input);
    await expect(leftOut).rejects.toBeInstanceOf(SkippedError);
    await expect(leftOut).rejects.toMatchObject({ code: 'over_budget' });
    const unchecked = sha256Digest.run(declared.input);
    await expect(unchecked).rejects.toBeInstanceOf(NonRetryableError);
    await expect(unchecked).rejects.toMatchObject({ code: 'over_budget' });
  });
});
