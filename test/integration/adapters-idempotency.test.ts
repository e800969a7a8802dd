/** Idempotency keys: memory and DynamoDB keep the same promises. */
import { randomUUID } from 'node:crypto';
import { expect, it } from 'vitest';
import { createDynamoIdempotencyStore } from '../../shared/adapters/aws/dynamo-idempotency-store.ts';
import { createMemoryIdempotencyStore } from '../../shared/adapters/memory/memory-idempotency-store.ts';
import type { IdempotencyStore } from '../../shared/ports/idempotency-store.ts';
import { onTable } from '../support/adapter-endpoints.ts';
import { describeTwins } from '../support/twins.ts';

const NOW = 1_795_000_000_000;

describeTwins<{ readonly store: IdempotencyStore }>(
  'an idempotency key: %s',
  {
    memory: async () => ({ store: createMemoryIdempotencyStore() }),
    DynamoDB: onTable((table) => ({ store: createDynamoIdempotencyStore(table) })),
  },
  (opened) => {
    const scope = (key: string = randomUUID()) => ({ tenant: 'acme', owner: 'ann', key });
    const record = (uploadId: string) => ({
      uploadId,
      fingerprint: `f-${uploadId}`,
      expiresAt: NOW + 9,
    });

    it('belongs to whoever claims it first', async () => {
      const key = scope();

      expect(await opened().store.claim(key, record('a'), NOW)).toEqual(record('a'));
      expect(await opened().store.claim(key, record('b'), NOW + 8)).toEqual(record('a'));
    });

    it('has one winner among many at the same moment', async () => {
      const key = scope();
      const claims = ['a', 'b', 'c', 'd', 'e'].map((id) =>
        opened().store.claim(key, record(id), NOW),
      );

      const standing = await Promise.all(claims);

      expect(new Set(standing.map(({ uploadId }) => uploadId)).size).toBe(1);
    });

    it('is free again when it has expired, whether its row is still there or not', async () => {
      const key = scope();
      await opened().store.claim(key, record('a'), NOW);

      expect(await opened().store.claim(key, record('b'), NOW + 9)).toEqual(record('b'));
    });

    it('is one of its tenant and user, whatever is in it', async () => {
      const scopes = [
        { tenant: 'a', owner: 'b', key: 'c' },
        { tenant: 'a', owner: 'b","c', key: '' },
        { tenant: 'a', owner: 'bc', key: '' },
        { tenant: 'ab', owner: 'c', key: '' },
        { tenant: 'a', owner: 'b', key: '#c' },
      ];
      for (const [index, one] of scopes.entries()) {
        expect(await opened().store.claim(one, record(`u${index}`), NOW)).toEqual(
          record(`u${index}`),
        );
      }
    });
  },
);
