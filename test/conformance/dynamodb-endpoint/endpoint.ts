/** The table that the chapters of the DynamoDB suite share, and the small tools they use on it. */
import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  CreateTableCommand,
  DeleteTableCommand,
  DescribeTableCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  TransactWriteItemsCommand,
  type TransactWriteItemsCommandInput,
  UpdateItemCommand,
  type UpdateItemCommandInput,
} from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll } from 'vitest';

/** Makes a client of the endpoint under test; first called inside a hook, so a server may start before. */
export type ClientFactory = (overrides?: { readonly accessKeyId?: string }) => DynamoDBClient;
export type Row = Record<string, AttributeValue>;
export type TransactItem = NonNullable<TransactWriteItemsCommandInput['TransactItems']>[number];

export const S = (value: string) => ({ S: value });
export const N = (value: number) => ({ N: `${value}` });

export const isAbsent = 'attribute_not_exists(pk)';

export const failure = (work: Promise<unknown>): Promise<Error> =>
  work.then(
    () => {
      throw new Error('It was expected to fail and did not.');
    },
    (error: Error) => error,
  );

export type SuiteTable = ReturnType<typeof tableOf>;

/** A table with one index that is there for as long as the tests of the suite run. */
export const tableOf = (makeClient: ClientFactory) => {
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

  return {
    TableName,
    makeClient,
    client: () => dynamodb,
    arn: () => arn,
    newKey,
    put,
    get,
    update,
    transact,
  };
};
