/** The index of contents: memory and DynamoDB keep the same promises. */
import { randomBytes } from 'node:crypto';
import { expect, it } from 'vitest';
import { createDynamoContentIndex } from '../../shared/adapters/aws/dynamo-content-index.ts';
import { createMemoryContentIndex } from '../../shared/adapters/memory/memory-content-index.ts';
import type { Content, ContentIndex } from '../../shared/ports/content-index.ts';
import { onTable } from '../support/adapter-endpoints.ts';
import { describeTwins } from '../support/twins.ts';

const NOW = Date.UTC(2026, 10, 23);

describeTwins<{ readonly index: ContentIndex }>(
  'an index of contents: %s',
  {
    memory: async () => ({ index: createMemoryContentIndex() }),
    DynamoDB: onTable((table) => ({ index: createDynamoContentIndex(table) })),
  },
  (opened) => {
    const anyContent = (overrides: Partial<Content> = {}): Content => ({
      tenant: 'acme',
      sha256: randomBytes(32).toString('hex'),
      ...overrides,
    });

    it('finds the upload that was remembered last, and nothing before', async () => {
      const { index } = opened();
      const content = anyContent();
      expect(await index.find(content)).toBeUndefined();

      for (const id of ['upl_a', 'upl_b', 'upl_b']) await index.remember(content, id, NOW);

      expect(await index.find(content)).toBe('upl_b');
    });

    it('C17: finds nothing of another tenant, and nothing of other bytes', async () => {
      const { index } = opened();
      const content = anyContent();
      await index.remember(content, 'upl_a', NOW);

      expect(await index.find({ ...content, tenant: 'other' })).toBeUndefined();
      expect(await index.find(anyContent())).toBeUndefined();
    });

    it('forgets exactly the upload it is told to', async () => {
      const { index } = opened();
      const content = anyContent();
      await index.forget(content, 'upl_a');
      await index.remember(content, 'upl_b', NOW);

      await index.forget(content, 'upl_a');
      expect(await index.find(content)).toBe('upl_b');

      await index.forget(content, 'upl_b');
      await index.forget(content, 'upl_b');
      expect(await index.find(content)).toBeUndefined();
    });
  },
);
