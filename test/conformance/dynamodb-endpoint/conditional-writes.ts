/** Chapter: conditional writes. */
import {
  ConditionalCheckFailedException,
  DeleteItemCommand,
  type DynamoDBClient,
  PutItemCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { failure, isAbsent, N, S, type SuiteTable } from './endpoint.ts';

export const describeConditionalWrites = (table: SuiteTable): void => {
  const { TableName, newKey, put, get, update } = table;
  let dynamodb: DynamoDBClient;
  beforeAll(() => {
    dynamodb = table.client();
  });

  it('has one winner among many', async () => {
    const key = newKey();
    const attempts = Array.from({ length: 20 }, (_, index) =>
      dynamodb
        .send(
          new PutItemCommand({
            TableName,
            Item: { ...key, writer: N(index) },
            ConditionExpression: isAbsent,
          }),
        )
        .then(
          () => index,
          (error) => {
            expect(error).toBeInstanceOf(ConditionalCheckFailedException);
            return undefined;
          },
        ),
    );

    const winners = (await Promise.all(attempts)).filter((index) => index !== undefined);

    expect(winners).toHaveLength(1);
    expect((await get(key))?.writer).toEqual(N(winners[0]!));
  });

  it('keeps the first outcome of each step and shows the last writer the whole set', async () => {
    const key = newKey();
    await put({
      ...key,
      generation: N(2),
      state: S('processing'),
      outcomes: { M: {} },
      rev: N(0),
    });
    const record = (step: string, outcome: string, generation = 2) =>
      update(key, {
        UpdateExpression:
          'SET #outcomes.#step = if_not_exists(#outcomes.#step, :outcome) ADD #rev :one',
        ConditionExpression: '#generation = :generation AND #state = :processing',
        ExpressionAttributeNames: {
          '#outcomes': 'outcomes',
          '#step': step,
          '#rev': 'rev',
          '#generation': 'generation',
          '#state': 'state',
        },
        ExpressionAttributeValues: {
          ':outcome': S(outcome),
          ':one': N(1),
          ':generation': N(generation),
          ':processing': S('processing'),
        },
        ReturnValues: 'ALL_NEW',
      });

    const answers = await Promise.all([
      record('digest', 'first'),
      record('thumbnail', 'first'),
      record('digest', 'second'),
    ]);
    const stale = await failure(record('digest', 'stale', 1));

    const revs = answers.map(({ Attributes }) => Number(Attributes?.rev?.N)).sort();
    const last = answers.find(({ Attributes }) => Attributes?.rev?.N === '3');
    expect(revs).toEqual([1, 2, 3]);
    expect(Object.keys(last?.Attributes?.outcomes?.M ?? {}).sort()).toEqual([
      'digest',
      'thumbnail',
    ]);
    expect(stale).toBeInstanceOf(ConditionalCheckFailedException);
  });

  it('counts every one of many parallel additions', async () => {
    const key = newKey();
    const add = () =>
      update(key, {
        UpdateExpression: 'ADD seen :one',
        ExpressionAttributeValues: { ':one': N(1) },
      });

    await Promise.all(Array.from({ length: 50 }, add));

    expect((await get(key))?.seen).toEqual(N(50));
  });

  it('shows the row it failed on, for put, update and delete', async () => {
    const row = { ...newKey(), winner: S('someone else') };
    const key = { pk: row.pk, sk: row.sk };
    await put(row);
    const shown = { ReturnValuesOnConditionCheckFailure: 'ALL_OLD' } as const;
    const never = { ConditionExpression: isAbsent };

    const failures = await Promise.all([
      failure(dynamodb.send(new PutItemCommand({ TableName, Item: row, ...never, ...shown }))),
      failure(
        update(key, {
          UpdateExpression: 'SET a = :a',
          ExpressionAttributeValues: { ':a': N(1) },
          ...never,
          ...shown,
        }),
      ),
      failure(dynamodb.send(new DeleteItemCommand({ TableName, Key: key, ...never, ...shown }))),
    ]);

    for (const error of failures) {
      expect(error).toBeInstanceOf(ConditionalCheckFailedException);
      expect((error as ConditionalCheckFailedException).Item).toEqual(row);
    }
  });

  it('shows nothing where it was not asked to, or where there is no row', async () => {
    const key = newKey();
    const exists = { ConditionExpression: 'attribute_exists(pk)' };
    const onAbsent = new DeleteItemCommand({
      TableName,
      Key: key,
      ...exists,
      ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
    });
    const absent = await failure(dynamodb.send(onAbsent));
    await put(key);
    const unasked = await failure(
      dynamodb.send(new PutItemCommand({ TableName, Item: key, ConditionExpression: isAbsent })),
    );

    expect((absent as ConditionalCheckFailedException).Item).toBeUndefined();
    expect((unasked as ConditionalCheckFailedException).Item).toBeUndefined();
  });

  it('shows each loser of a race the winner it lost to', async () => {
    const key = newKey();
    const claims = Array.from({ length: 20 }, (_, index) =>
      dynamodb
        .send(
          new PutItemCommand({
            TableName,
            Item: { ...key, owner: N(index) },
            ConditionExpression: isAbsent,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          }),
        )
        .then(
          () => N(index),
          (error: ConditionalCheckFailedException) => error.Item?.owner,
        ),
    );

    const owners = await Promise.all(claims);

    expect(new Set(owners.map((owner) => owner?.N)).size).toBe(1);
  });
};
