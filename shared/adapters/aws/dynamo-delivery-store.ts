/** Deliveries to webhooks in the state table, in one partition per webhook; each goes by itself after a while. */
import { QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { DeliveryStore } from '../../ports/webhook-store.ts';
import { putIf, readRow } from './conditional-put.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { unavailable } from './sdk-errors.ts';
import {
  deliveryIdIn,
  deliveryIn,
  deliveryKey,
  deliveryRow,
  dueDeliveriesOf,
} from './webhook-rows.ts';

type Query = Omit<ConstructorParameters<typeof QueryCommand>[0], 'TableName'>;

export const createDynamoDeliveryStore = ({
  client,
  tableName: TableName,
}: DynamoTable): DeliveryStore => {
  const query = async (terms: Query) => {
    try {
      return await client.send(new QueryCommand({ TableName, ...terms }));
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  };
  return {
    async find(ref) {
      const row = await readRow(client, TableName, deliveryKey(ref));
      return row && deliveryIn(row);
    },
    async put(delivery) {
      const row = deliveryRow(delivery);
      const answer = await putIf(
        client,
        TableName,
        delivery.rev === 1
          ? { row, condition: 'attribute_not_exists(pk)' }
          : { row, condition: 'rev = :previous', values: { ':previous': delivery.rev - 1 } },
      );
      if (answer.kind === 'written') return answer;
      return { kind: 'lost', current: answer.current && deliveryIn(answer.current) };
    },
    async list(webhookId, { limit, cursor }) {
      const { Items = [], LastEvaluatedKey } = await query({
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :webhook',
        ExpressionAttributeValues: { ':webhook': deliveryKey({ webhookId, id: '' }).pk },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey:
          cursor === undefined ? undefined : deliveryKey({ webhookId, id: cursor }),
      });
      const last = LastEvaluatedKey?.sk;
      return {
        deliveries: Items.map(deliveryIn),
        cursor: typeof last === 'string' ? deliveryIdIn(last) : undefined,
      };
    },
    async listDue(webhookId, now, limit) {
      const { Items = [] } = await query({
        IndexName: 'by-due',
        KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
        ExpressionAttributeValues: { ':shard': dueDeliveriesOf(webhookId), ':now': now },
        Limit: limit,
      });
      return Items.map(({ sk }) => ({ webhookId, id: deliveryIdIn(String(sk)) }));
    },
  };
};
