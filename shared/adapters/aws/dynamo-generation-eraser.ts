/** Takes the kept rows of earlier generations out of the state table. */
import { DeleteCommand, type DynamoDBDocumentClient, QueryCommand } from '@aws-sdk/lib-dynamodb';
import type { GenerationEraser } from '../../ports/eraser.ts';
import { unavailable } from './sdk-errors.ts';
import { GENERATION_PREFIX, partitionOf } from './upload-row.ts';

export interface DynamoGenerationEraserOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
}

export const createDynamoGenerationEraser = ({
  client,
  tableName: TableName,
}: DynamoGenerationEraserOptions): GenerationEraser => {
  const keysOf = async (uploadId: string, after: Record<string, unknown> | undefined) => {
    const { Items = [], LastEvaluatedKey } = await client.send(
      new QueryCommand({
        TableName,
        ConsistentRead: true,
        KeyConditionExpression: 'pk = :pk AND begins_with(sk, :generation)',
        ExpressionAttributeValues: {
          ':pk': partitionOf(uploadId),
          ':generation': GENERATION_PREFIX,
        },
        ProjectionExpression: 'pk, sk',
        ExclusiveStartKey: after,
      }),
    );
    return { keys: Items, next: LastEvaluatedKey };
  };

  return {
    async eraseGenerations(uploadId) {
      try {
        let after: Record<string, unknown> | undefined;
        do {
          const page = await keysOf(uploadId, after);
          for (const Key of page.keys) await client.send(new DeleteCommand({ TableName, Key }));
          after = page.next;
        } while (after !== undefined);
      } catch (error) {
        throw unavailable('store_unavailable', error);
      }
    },
  };
};
