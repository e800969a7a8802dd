/** One write of a whole row under a condition, and what stood in its way. */
import { randomUUID } from 'node:crypto';
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

/**
 * Whose write it was is told by a token in the row: the SDK sends a request again whose answer is late, and what then stands
 * in its way is this very write. Equal rows would not tell: of two who claim the same at one instant, one must lose.
 * @throws RetryableError `store_unavailable`.
 */
export const putIf = async (
  client: DynamoDBDocumentClient,
  TableName: string,
  { row, condition, values }: ConditionalPut,
): Promise<PutAnswer> => {
  const writeToken = randomUUID();
  try {
    await client.send(
      new PutCommand({
        TableName,
        Item: { ...row, writeToken },
        ConditionExpression: condition,
        ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
      }),
    );
    return { kind: 'written' };
  } catch (error) {
    if (nameOf(error) !== 'ConditionalCheckFailedException') {
      throw unavailable('store_unavailable', error);
    }
    const current = await readRow(client, TableName, { pk: row.pk, sk: row.sk });
    return current?.writeToken === writeToken ? { kind: 'written' } : { kind: 'lost', current };
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
