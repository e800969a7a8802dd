/** Takes everything out of the state table that is kept of an upload beside its own row. */
import { DeleteCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { RowEraser } from '../../ports/eraser.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { letterKeyOf, messageIdIn } from './letter-rows.ts';
import { unavailable } from './sdk-errors.ts';
import { partitionOf, STATE_SORT_KEY } from './upload-row.ts';

export const createDynamoRowEraser = ({ client, tableName: TableName }: DynamoTable): RowEraser => {
  const keysOf = async (uploadId: string, after: Record<string, unknown> | undefined) => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk',
        ExpressionAttributeValues: { ':pk': partitionOf(uploadId) },
        ProjectionExpression: 'pk, sk',
        ExclusiveStartKey: after,
      }),
    );
    return { keys: Items, next: LastEvaluatedKey };
  };
  const remove = (Key: Record<string, unknown>) =>
    client.send(new DeleteCommand({ TableName, Key }));

  return {
    async eraseRows(uploadId) {
      try {
        let after: Record<string, unknown> | undefined;
        do {
          const page = await keysOf(uploadId, after);
          for (const key of page.keys.filter(({ sk }) => sk !== STATE_SORT_KEY)) {
            const messageId = messageIdIn(String(key.sk));
            // The letter first: without the row that names it nobody would find it again.
            if (messageId !== undefined) await remove(letterKeyOf(messageId));
            await remove(key);
          }
          after = page.next;
        } while (after !== undefined);
      } catch (error) {
        throw unavailable('store_unavailable', error);
      }
    },
  };
};
