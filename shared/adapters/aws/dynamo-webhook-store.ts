/** Webhooks in the state table, in one partition per tenant with a numbered place for each. */
import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { Webhook } from '../../domain/webhook.ts';
import type { Random } from '../../ports/random.ts';
import type { WebhookStore } from '../../ports/webhook-store.ts';
import { placeOfWebhook, WEBHOOK_PLACES, webhookId } from '../webhook-id.ts';
import { putIf, readRow } from './conditional-put.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { nameOf, unavailable } from './sdk-errors.ts';
import {
  DUE_WEBHOOKS,
  webhookIn,
  webhookKey,
  webhookRow,
  webhooksPartition,
} from './webhook-rows.ts';

export interface DynamoWebhookStoreOptions extends DynamoTable {
  readonly random: Pick<Random, 'id'>;
}

const createQueries = ({ client, tableName: TableName }: DynamoWebhookStoreOptions) => ({
  async ofTenant(tenant: string): Promise<readonly Webhook[]> {
    try {
      // As many as there are places: a page of 1 MB holds thousands.
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          ConsistentRead: true,
          KeyConditionExpression: 'pk = :tenant',
          ExpressionAttributeValues: { ':tenant': webhooksPartition(tenant) },
        }),
      );
      return Items.map(webhookIn);
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  /** Keys only: the row itself is read before anything is made of it. */
  async due(now: number, limit: number): Promise<readonly { pk: unknown; sk: unknown }[]> {
    try {
      const { Items = [] } = await client.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-due',
          KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
          ExpressionAttributeValues: { ':shard': DUE_WEBHOOKS, ':now': now },
          Limit: limit,
        }),
      );
      return Items.map(({ pk, sk }) => ({ pk, sk }));
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
});

export const createDynamoWebhookStore = (options: DynamoWebhookStoreOptions): WebhookStore => {
  const { client, tableName, random } = options;
  const queries = createQueries(options);

  const find: WebhookStore['find'] = async ({ tenant, id }) => {
    const key = webhookKey(tenant, id);
    const row = key && (await readRow(client, tableName, key));
    // Another webhook may have its place by now.
    return row?.id === id ? webhookIn(row) : undefined;
  };

  return {
    find,
    list: async (tenant) =>
      [...(await queries.ofTenant(tenant))].sort((one, other) => one.createdAt - other.createdAt),
    async create(webhook) {
      const taken = new Set(
        (await queries.ofTenant(webhook.tenant)).map(({ id }) => placeOfWebhook(id)),
      );
      const unique = random.id();
      for (const place of WEBHOOK_PLACES) {
        if (taken.has(place)) continue;
        const created = { ...webhook, id: webhookId(place, unique), rev: 1 };
        const row = webhookRow(created);
        const answer = await putIf(client, tableName, {
          row,
          condition: 'attribute_not_exists(pk)',
        });
        // In its own way: the first answer got lost.
        if (answer.kind === 'written' || answer.current?.id === created.id) return created;
      }
      return undefined;
    },
    async put(webhook) {
      const answer = await putIf(client, tableName, {
        row: webhookRow(webhook),
        condition: 'id = :id AND rev = :previous',
        values: { ':id': webhook.id, ':previous': webhook.rev - 1 },
      });
      if (answer.kind === 'written') return answer;
      const { current } = answer;
      return { kind: 'lost', current: current?.id === webhook.id ? webhookIn(current) : undefined };
    },
    async remove({ tenant, id }) {
      const Key = webhookKey(tenant, id);
      if (Key === undefined) return;
      try {
        await client.send(
          new DeleteCommand({
            TableName: tableName,
            Key,
            ConditionExpression: 'id = :id',
            ExpressionAttributeValues: { ':id': id },
          }),
        );
      } catch (error) {
        // It is gone, or another one has its place.
        if (nameOf(error) === 'ConditionalCheckFailedException') return;
        throw unavailable('store_unavailable', error);
      }
    },
    async listDue(now, limit) {
      const rows = await Promise.all(
        (await queries.due(now, limit)).map((key) => readRow(client, tableName, key)),
      );
      return rows.flatMap((row) => (row === undefined ? [] : [webhookIn(row)]));
    },
  };
};
