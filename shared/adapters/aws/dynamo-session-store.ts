/** Sessions in the state table; each goes by itself when it is over. */
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { sessionRecord } from '../../contracts/session.ts';
import type { Session, SessionRef, SessionStore } from '../../ports/session-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { nameOf, unavailable } from './sdk-errors.ts';

/** An issuer is no id of ours to make unambiguous: its length says where it ends. */
const keyOf = ({ issuer, id }: SessionRef) => ({
  pk: `SESSION#${issuer.length}#${issuer}#${id}`,
  sk: 'SESSION',
});

const fieldsIn = ({ pk: _, sk: __, ...fields }: ReturnType<typeof rowOf>) => Object.entries(fields);

/** In the table `createdAt` is a key of an index and `expiresAt` its time to live in seconds: both have other names here. */
const rowOf = ({ createdAt, expiresAt, ...session }: Session) => ({
  ...keyOf(session),
  ...session,
  startedAt: createdAt,
  endsAt: expiresAt,
  expiresAt: Math.ceil(expiresAt / 1000),
});

export const createDynamoSessionStore = ({
  client,
  tableName: TableName,
}: DynamoTable): SessionStore => ({
  async create(session) {
    const Item = rowOf(session);
    const ConditionExpression = 'attribute_not_exists(pk)';
    try {
      await client.send(new PutCommand({ TableName, Item, ConditionExpression }));
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  async find(ref) {
    try {
      const { Item } = await client.send(
        new GetCommand({ TableName, Key: keyOf(ref), ConsistentRead: true }),
      );
      return (
        Item && sessionRecord.parse({ ...Item, createdAt: Item.startedAt, expiresAt: Item.endsAt })
      );
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  async deny(session, at) {
    const fields = fieldsIn(rowOf(session)).filter(([, value]) => value !== undefined);
    const sets = fields.map((_, index) => `#f${index} = :f${index}`);
    try {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(session),
          UpdateExpression: `SET ${sets.join(', ')}, revokedAt = if_not_exists(revokedAt, :at)`,
          ExpressionAttributeNames: Object.fromEntries(
            fields.map(([name], index) => [`#f${index}`, name]),
          ),
          ExpressionAttributeValues: {
            ':at': at,
            ...Object.fromEntries(fields.map(([, value], index) => [`:f${index}`, value])),
          },
        }),
      );
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  async revoke(ref, at) {
    try {
      await client.send(
        new UpdateCommand({
          TableName,
          Key: keyOf(ref),
          UpdateExpression: 'SET revokedAt = if_not_exists(revokedAt, :at)',
          ConditionExpression: 'attribute_exists(pk)',
          ExpressionAttributeValues: { ':at': at },
        }),
      );
    } catch (error) {
      // A session that is not there is not valid either.
      if (nameOf(error) === 'ConditionalCheckFailedException') return;
      throw unavailable('store_unavailable', error);
    }
  },
});
