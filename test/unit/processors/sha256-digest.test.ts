import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
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
});
