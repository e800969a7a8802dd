/** The stores of webhooks against what they are made of: memory and DynamoDB keep the same promises. */
import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { describe, expect, it } from 'vitest';
import { createDynamoDeliveryStore } from '../../shared/adapters/aws/dynamo-delivery-store.ts';
import { createDynamoWebhookStore } from '../../shared/adapters/aws/dynamo-webhook-store.ts';
import {
  createMemoryDeliveryStore,
  createMemoryWebhookStore,
} from '../../shared/adapters/memory/memory-webhooks.ts';
import { createSeededRandom } from '../../shared/adapters/memory/seeded-random.ts';
import { DELIVERY_KEPT_MS, newDelivery } from '../../shared/domain/webhook-delivery.ts';
import { describeWebhookStores } from '../conformance/webhook-stores.ts';
import { openTable } from '../support/adapter-endpoints.ts';

const openDynamo = async () => {
  const { client, tableName, close } = await openTable();
  return {
    client,
    tableName,
    webhooks: createDynamoWebhookStore({ client, tableName, random: createSeededRandom(1) }),
    deliveries: createDynamoDeliveryStore({ client, tableName }),
    close,
  };
};

describeWebhookStores('memory', async () => ({
  webhooks: createMemoryWebhookStore({ random: createSeededRandom(1) }),
  deliveries: createMemoryDeliveryStore(),
  close: async () => undefined,
}));

describeWebhookStores('DynamoDB', openDynamo);

describe('in DynamoDB', () => {
  it('a delivery goes by itself after two weeks, and no secret is in the row of a webhook', async () => {
    const { client, tableName, webhooks, deliveries, close } = await openDynamo();
    try {
      const made = newDelivery(
        { webhookId: 'w', id: 'msg_1', tenant: 'acme', event: 'upload.failed', payload: '{}' },
        1_795_000_000_000,
      );
      await deliveries.put(made);
      const webhook = await webhooks.create({
        tenant: 'acme',
        url: 'https://hooks.example.org/',
        events: ['upload.failed'],
        createdAt: 1_795_000_000_000,
        secret: { keyId: '2026', version: 1 },
      });
      const rowOf = async (pk: string, sk: string) =>
        (await client.send(new GetCommand({ TableName: tableName, Key: { pk, sk } }))).Item;

      expect(await rowOf('WEBHOOK#w', 'DELIVERY#msg_1')).toMatchObject({
        expiresAt: (1_795_000_000_000 + DELIVERY_KEPT_MS) / 1000,
      });
      const row = await rowOf('WEBHOOKS#acme', 'PLACE#0');
      expect(row?.id).toBe(webhook?.id);
      expect(row?.secret).toEqual({ keyId: '2026', version: 1 });
    } finally {
      await close();
    }
  });
});
