/** Chapter: transactions. */
import {
  type DynamoDBClient,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
} from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { failure, isAbsent, N, S, type SuiteTable, type TransactItem } from './endpoint.ts';

export const describeTransactions = (table: SuiteTable): void => {
  const { TableName, newKey, put, get, transact } = table;
  let dynamodb: DynamoDBClient;
  beforeAll(() => {
    dynamodb = table.client();
  });

  it('writes puts, updates, deletes and checks together', async () => {
    const [made, changed, gone, checked] = [newKey(), newKey(), newKey(), newKey()];
    for (const key of [changed, gone, checked]) await put({ ...key, count: N(1) });

    await transact(
      { Put: { TableName, Item: { ...made, count: N(7) }, ConditionExpression: isAbsent } },
      {
        Update: {
          TableName,
          Key: changed,
          UpdateExpression: 'ADD #count :one',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: { ':one': N(1) },
        },
      },
      { Delete: { TableName, Key: gone } },
      {
        ConditionCheck: {
          TableName,
          Key: checked,
          ConditionExpression: '#count = :one',
          ExpressionAttributeNames: { '#count': 'count' },
          ExpressionAttributeValues: { ':one': N(1) },
        },
      },
    );

    expect(await get(made)).toEqual({ ...made, count: N(7) });
    expect(await get(changed)).toEqual({ ...changed, count: N(2) });
    expect(await get(gone)).toBeUndefined();
    expect(await get(checked)).toEqual({ ...checked, count: N(1) });
  });

  it('writes nothing when one condition fails, and says which', async () => {
    const taken = { ...newKey(), owner: S('someone else') };
    const free = newKey();
    await put(taken);

    const error = await failure(
      transact(
        { Put: { TableName, Item: free, ConditionExpression: isAbsent } },
        {
          Put: {
            TableName,
            Item: taken,
            ConditionExpression: isAbsent,
            ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
          },
        },
      ),
    );

    expect(error).toBeInstanceOf(TransactionCanceledException);
    const reasons = (error as TransactionCanceledException).CancellationReasons;
    expect(reasons).toMatchObject([
      { Code: 'None' },
      {
        Code: 'ConditionalCheckFailed',
        Message: 'The conditional request failed',
        Item: taken,
      },
    ]);
    expect(await get(free)).toBeUndefined();
  });

  it('takes back what it wrote when a later write proves impossible', async () => {
    const [made, changed] = [newKey(), { ...newKey(), name: S('text') }];
    await put(changed);

    const error = await failure(
      transact(
        { Put: { TableName, Item: made } },
        {
          Update: {
            TableName,
            Key: { pk: changed.pk, sk: changed.sk },
            UpdateExpression: 'ADD #name :one',
            ExpressionAttributeNames: { '#name': 'name' },
            ExpressionAttributeValues: { ':one': N(1) },
          },
        },
      ),
    );

    expect(error).toBeInstanceOf(TransactionCanceledException);
    expect((error as TransactionCanceledException).CancellationReasons).toMatchObject([
      { Code: 'None' },
      { Code: 'ValidationError' },
    ]);
    expect(await get(made)).toBeUndefined();
    expect(await get(changed)).toEqual(changed);
  });

  it('leaves no row behind from a condition on a row that is not there', async () => {
    const [absent, other] = [newKey(), newKey()];

    await transact(
      { ConditionCheck: { TableName, Key: absent, ConditionExpression: isAbsent } },
      { Put: { TableName, Item: other } },
    );

    expect(await get(absent)).toBeUndefined();
    expect(await get(other)).toEqual(other);
  });

  it('is applied once when it is sent twice with one token', async () => {
    const key = newKey();
    const add = (step: number) =>
      new TransactWriteItemsCommand({
        ClientRequestToken: key.pk.S.slice(-36),
        TransactItems: [
          {
            Update: {
              TableName,
              Key: key,
              UpdateExpression: 'ADD seen :step',
              ExpressionAttributeValues: { ':step': N(step) },
            },
          },
        ],
      });

    await dynamodb.send(add(1));
    await dynamodb.send(add(1));
    const other = await failure(dynamodb.send(add(2)));

    expect((await get(key))?.seen).toEqual(N(1));
    expect(other.name).toBe('IdempotentParameterMismatchException');
  });

  it('refuses two actions on one row, more than a hundred, none, and unknown tables', async () => {
    const key = newKey();
    const Put = { TableName, Item: key };
    const refused = async (...list: TransactItem[]) => (await failure(transact(...list))).name;
    const many = Array.from({ length: 101 }, () => ({ Put: { TableName, Item: newKey() } }));
    const elsewhere = { Put: { TableName: `${TableName}-not`, Item: key } };

    expect(await refused({ Put }, { Delete: { TableName, Key: key } })).toBe('ValidationException');
    expect(await refused(...many)).toBe('ValidationException');
    expect(await refused()).toBe('ValidationException');
    expect(await refused(elsewhere)).toBe('ResourceNotFoundException');
    expect(await get(key)).toBeUndefined();
  });

  it('has one winner among many, which has all of it', async () => {
    const keys = [newKey(), newKey()];
    const claims = Array.from({ length: 10 }, (_, owner) =>
      transact(
        ...keys.map((key) => ({
          Put: {
            TableName,
            Item: { ...key, owner: N(owner) },
            ConditionExpression: isAbsent,
          },
        })),
      ).then(
        () => owner,
        (error: Error) => {
          expect(error).toBeInstanceOf(TransactionCanceledException);
          return undefined;
        },
      ),
    );

    const winners = (await Promise.all(claims)).filter((owner) => owner !== undefined);

    expect(winners).toHaveLength(1);
    for (const key of keys) expect((await get(key))?.owner).toEqual(N(winners[0]!));
  });

  it('is never seen half done', async () => {
    const [one, other] = [newKey(), newKey()];
    const write = (value: number) =>
      transact(
        { Put: { TableName, Item: { ...one, value: N(value) } } },
        { Put: { TableName, Item: { ...other, value: N(value) } } },
      );
    const read = async () => {
      const Gets = [one, other].map((Key) => ({ Get: { TableName, Key } }));
      const { Responses } = await dynamodb.send(
        new TransactGetItemsCommand({ TransactItems: Gets }),
      );
      return Responses!.map(({ Item }) => Item?.value?.N);
    };

    await write(0);
    const seen: (string | undefined)[][] = [];
    for (let value = 1; value <= 10; value += 1) {
      const [, pair] = await Promise.all([write(value), read()]);
      seen.push(pair);
    }

    for (const [left, right] of seen) expect(left).toBe(right);
  });
};
