/** One write of a whole row under a condition, and what stood in its way. */
import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import { nameOf, unavailable } from './sdk-errors.ts';

export type Row = Readonly<Record<string, unknown>>;

export interface ConditionalPut {
  readonly row: Row;
  readonly condition: string;
  readonly values?: Readonly<Record<string, unknown>>;
}

export type PutAnswer =
  | { readonly kind: 'written' }
  | { readonly kind: 'lost'; readonly current: Row | undefined };

/** @throws RetryableError `store_unavailable`. */
export const putIf = async (
  client: DynamoDBDocumentClient,
  TableName: string,
  { row, condition, values }: ConditionalPut,
): Promise<PutAnswer> => {
  try {
    await client.send(
      new PutCommand({
        TableName,
        Item: row,
        ConditionExpression: condition,
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      }),
    );
    return { kind: 'written' };
  } catch (error) {
    if (nameOf(error) !== 'ConditionalCheckFailedException') {
      throw unavailable('store_unavailable', error);
    }
    const Key = { pk: row.pk, sk: row.sk };
    return { kind: 'lost', current: await readRow(client, TableName, Key) };
  }
};

/** A consistent read. @throws RetryableError `store_unavailable`. */
export const readRow = async (
  client: DynamoDBDocumentClient,
  TableName: string,
  Key: { readonly pk: unknown; readonly sk: unknown },
): Promise<Row | undefined> => {
  try {
    const command = new GetCommand({ TableName, Key: { ...Key }, ConsistentRead: true });
    return (await client.send(command)).Item;
  } catch (error) {
    throw unavailable('store_unavailable', error);
  }
};
