/** Chapter: indexes. */
import { randomUUID } from 'node:crypto';
import { BatchWriteItemCommand, type DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { N, type Row, S, type SuiteTable } from './endpoint.ts';

export const describeIndexes = (table: SuiteTable): void => {
  const { TableName, newKey, put, update } = table;
  let dynamodb: DynamoDBClient;
  beforeAll(() => {
    dynamodb = table.client();
  });

  it('is sparse and pages in order', async () => {
    const dueShard = S(`shard-${randomUUID()}`);
    const rows = [3, 1, 2].map((dueAt) => ({ ...newKey(), dueShard, dueAt: N(dueAt) }));
    const notDue = newKey();
    await dynamodb.send(
      new BatchWriteItemCommand({
        RequestItems: {
          [TableName]: [...rows, notDue].map((Item) => ({ PutRequest: { Item } })),
        },
      }),
    );
    const page = (ExclusiveStartKey?: Row) =>
      dynamodb.send(
        new QueryCommand({
          TableName,
          IndexName: 'by-due',
          KeyConditionExpression: 'dueShard = :shard AND dueAt < :now',
          ExpressionAttributeValues: { ':shard': dueShard, ':now': N(10) },
          Limit: 2,
          ExclusiveStartKey,
        }),
      );

    const first = await page();
    const second = await page(first.LastEvaluatedKey);

    const dueTimes = [...first.Items!, ...second.Items!].map(({ dueAt }) => dueAt?.N);
    expect(dueTimes).toEqual(['1', '2', '3']);
  });

  it('loses a row whose index attribute is removed', async () => {
    const dueShard = S(`shard-${randomUUID()}`);
    const key = newKey();
    await put({ ...key, dueShard, dueAt: N(1) });

    await update(key, { UpdateExpression: 'REMOVE dueShard, dueAt' });

    const found = await dynamodb.send(
      new QueryCommand({
        TableName,
        IndexName: 'by-due',
        KeyConditionExpression: 'dueShard = :shard',
        ExpressionAttributeValues: { ':shard': dueShard },
      }),
    );
    expect(found.Items).toEqual([]);
  });
};
