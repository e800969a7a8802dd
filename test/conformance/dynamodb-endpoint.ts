/**
 * What a DynamoDB endpoint must do for Sluice, asked through the AWS SDK.
 * Runs against the local DynamoDB, and against any other endpoint that a client is made for.
 */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  BatchWriteItemCommand,
  ConditionalCheckFailedException,
  CreateTableCommand,
  DeleteItemCommand,
  DeleteTableCommand,
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  GetItemCommand,
  ListTagsOfResourceCommand,
  PutItemCommand,
  QueryCommand,
  TagResourceCommand,
  TransactGetItemsCommand,
  TransactionCanceledException,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateContinuousBackupsCommand,
  UpdateItemCommand,
  type UpdateItemCommandInput,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

type ClientFactory = (overrides?: { readonly accessKeyId?: string }) => DynamoDBClient;
type Row = Record<string, AttributeValue>;
type TransactItem = NonNullable<TransactWriteItemsCommandInput['TransactItems']>[number];

const S = (value: string) => ({ S: value });
const N = (value: number) => ({ N: `${value}` });

/** Declares the suite. `makeClient` is first called inside a hook, so a server may start before. */
export const dynamodbEndpointSuite = (title: string, makeClient: ClientFactory): void => {
  describe(title, () => {
    const TableName = `sluice-${randomUUID()}`;
    let dynamodb: DynamoDBClient;
    let arn: string;

    const tableStatus = async () => {
      const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName }));
      const indexes = Table?.GlobalSecondaryIndexes?.map(({ IndexStatus }) => IndexStatus) ?? [];
      return [Table?.TableStatus, ...indexes];
    };

    beforeAll(async () => {
      dynamodb = makeClient();
      const created = await dynamodb.send(
        new CreateTableCommand({
          TableName,
          BillingMode: 'PAY_PER_REQUEST',
          AttributeDefinitions: [
            { AttributeName: 'pk', AttributeType: 'S' },
            { AttributeName: 'sk', AttributeType: 'S' },
            { AttributeName: 'dueShard', AttributeType: 'S' },
            { AttributeName: 'dueAt', AttributeType: 'N' },
          ],
          KeySchema: [
            { AttributeName: 'pk', KeyType: 'HASH' },
            { AttributeName: 'sk', KeyType: 'RANGE' },
          ],
          GlobalSecondaryIndexes: [
            {
              IndexName: 'by-due',
              KeySchema: [
                { AttributeName: 'dueShard', KeyType: 'HASH' },
                { AttributeName: 'dueAt', KeyType: 'RANGE' },
              ],
              Projection: { ProjectionType: 'ALL' },
            },
          ],
        }),
      );
      arn = created.TableDescription!.TableArn!;
      while ((await tableStatus()).some((status) => status !== 'ACTIVE')) {
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });

    afterAll(async () => {
      await dynamodb.send(new DeleteTableCommand({ TableName }));
      dynamodb.destroy();
    });

    const newKey = () => ({ pk: S(`UPLOAD#${randomUUID()}`), sk: S('STATE') });

    const put = (Item: Row) => dynamodb.send(new PutItemCommand({ TableName, Item }));

    const get = async ({ pk, sk }: Row) => {
      const Key = { pk: pk!, sk: sk! };
      const command = new GetItemCommand({ TableName, Key, ConsistentRead: true });
      return (await dynamodb.send(command)).Item;
    };

    const update = (Key: Row, rest: Omit<UpdateItemCommandInput, 'TableName' | 'Key'>) =>
      dynamodb.send(new UpdateItemCommand({ TableName, Key, ...rest }));

    const transact = (...TransactItems: TransactItem[]) =>
      dynamodb.send(new TransactWriteItemsCommand({ TransactItems }));

    const failure = (work: Promise<unknown>): Promise<Error> =>
      work.then(
        () => {
          throw new Error('It was expected to fail and did not.');
        },
        (error: Error) => error,
      );

    const isAbsent = 'attribute_not_exists(pk)';

    describe('a conditional write', () => {
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
          failure(
            dynamodb.send(new DeleteItemCommand({ TableName, Key: key, ...never, ...shown })),
          ),
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
          dynamodb.send(
            new PutItemCommand({ TableName, Item: key, ConditionExpression: isAbsent }),
          ),
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
    });

    describe('the row shown for a failed condition', () => {
      it('is one that fails it, while others change the row', async () => {
        const key = newKey();
        await put({ ...key, open: N(1) });
        const toggle = async () => {
          for (let turn = 0; turn < 60; turn += 1) {
            await put({ ...key, open: N(turn % 3 === 0 ? 1 : 0) });
          }
        };
        const shown: (string | undefined)[] = [];
        const claim = async () => {
          for (let turn = 0; turn < 40; turn += 1) {
            const claimed = update(key, {
              UpdateExpression: 'SET claimed = :one',
              ConditionExpression: '#open = :one',
              ExpressionAttributeNames: { '#open': 'open' },
              ExpressionAttributeValues: { ':one': N(1) },
              ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
            });
            await claimed.catch((error: ConditionalCheckFailedException) => {
              shown.push(error.Item?.open?.N);
            });
          }
        };

        await Promise.all([toggle(), toggle(), toggle(), claim(), claim(), claim()]);

        expect(shown.length).toBeGreaterThan(0);
        expect(shown.filter((open) => open !== '0')).toEqual([]);
      });
    });

    describe('an index', () => {
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
    });

    describe('a transaction', () => {
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

        expect(await refused({ Put }, { Delete: { TableName, Key: key } })).toBe(
          'ValidationException',
        );
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
    });

    describe('a table', () => {
      it('takes and shows its TTL attribute', async () => {
        const spec = { AttributeName: 'expiresAt', Enabled: true };
        const enable = new UpdateTimeToLiveCommand({ TableName, TimeToLiveSpecification: spec });

        const enabled = await dynamodb.send(enable);
        const described = await dynamodb.send(new DescribeTimeToLiveCommand({ TableName }));

        expect(enabled.TimeToLiveSpecification).toEqual(spec);
        expect(described.TimeToLiveDescription).toMatchObject({
          TimeToLiveStatus: expect.stringMatching(/^ENABL(ED|ING)$/),
          AttributeName: 'expiresAt',
        });
        expect((await failure(dynamodb.send(enable))).name).toBe('ValidationException');
      });

      it('takes point-in-time recovery', async () => {
        const PointInTimeRecoverySpecification = { PointInTimeRecoveryEnabled: true };
        await dynamodb.send(
          new UpdateContinuousBackupsCommand({ TableName, PointInTimeRecoverySpecification }),
        );

        const described = await dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }));

        expect(
          described.ContinuousBackupsDescription?.PointInTimeRecoveryDescription,
        ).toMatchObject({ PointInTimeRecoveryStatus: 'ENABLED' });
      });

      it('takes tags', async () => {
        const Tags = [{ Key: 'stage', Value: 'test' }];
        await dynamodb.send(new TagResourceCommand({ ResourceArn: arn, Tags }));

        const listed = await dynamodb.send(new ListTagsOfResourceCommand({ ResourceArn: arn }));

        expect(listed.Tags).toEqual(Tags);
      });

      it('that does not exist is named as such', async () => {
        const absent = { TableName: `${TableName}-not` };
        const read = failure(dynamodb.send(new GetItemCommand({ ...absent, Key: newKey() })));
        const described = failure(dynamodb.send(new DescribeTimeToLiveCommand(absent)));

        expect((await read).name).toBe('ResourceNotFoundException');
        expect((await described).name).toBe('ResourceNotFoundException');
      });
    });

    describe('a request', () => {
      it('is refused for an unknown access key', async () => {
        const stranger = makeClient({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00' });

        const error = await failure(
          stranger.send(new GetItemCommand({ TableName, Key: newKey() })),
        );

        expect(error.name).toBe('UnrecognizedClientException');
        stranger.destroy();
      });

      it('is refused for a reserved word, an unused value and a row over 400 KB', async () => {
        const key = newKey();
        const set = (expression: string, values: Row) =>
          failure(
            update(key, {
              UpdateExpression: expression,
              ExpressionAttributeValues: values,
            }),
          );
        const big = { ...key, body: S('x'.repeat(400 * 1024)) };

        for (const error of [
          await set('SET total = :a', { ':a': N(1) }),
          await set('SET a = :a', { ':a': N(1), ':b': N(2) }),
          await failure(put(big)),
        ]) {
          expect(error.name).toBe('ValidationException');
        }
      });
    });
  });
};
