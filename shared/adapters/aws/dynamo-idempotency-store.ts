/** Idempotency keys in the state table; a key that a client chose is only ever a digest there. */
import { createHash } from 'node:crypto';
import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type {
  IdempotencyRecord,
  IdempotencyScope,
  IdempotencyStore,
} from '../../ports/idempotency-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { nameOf, unavailable } from './sdk-errors.ts';

const stored = z.object({ uploadId: z.string(), fingerprint: z.string(), endsAt: z.number() });

const keyOf = ({ tenant, owner, key }: IdempotencyScope) => {
  const digest = createHash('sha256')
    .update(JSON.stringify([tenant, owner, key]))
    .digest('hex');
  return { pk: `IDEMPOTENCY#${digest}`, sk: 'IDEMPOTENCY' };
};

export const createDynamoIdempotencyStore = ({
  client,
  tableName: TableName,
}: DynamoTable): IdempotencyStore => {
  const standing = async (Key: ReturnType<typeof keyOf>): Promise<IdempotencyRecord> => {
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    const { endsAt: expiresAt, ...record } = stored.parse(Item);
    return { ...record, expiresAt };
  };

  return {
    async claim(scope, record, now) {
      const Key = keyOf(scope);
      const { uploadId, fingerprint, expiresAt: endsAt } = record;
      const Item = { ...Key, uploadId, fingerprint, endsAt, expiresAt: Math.ceil(endsAt / 1000) };
      try {
        await client.send(
          new PutCommand({
            TableName,
            Item,
            // The time to live removes a row when it likes, up to days late: until then it says itself that it is over.
            ConditionExpression: 'attribute_not_exists(pk) OR endsAt <= :now',
            ExpressionAttributeValues: { ':now': now },
          }),
        );
        return record;
      } catch (error) {
        const isTaken = nameOf(error) === 'ConditionalCheckFailedException';
        try {
          if (isTaken) return await standing(Key);
        } catch (failure) {
          throw unavailable('store_unavailable', failure);
        }
        throw unavailable('store_unavailable', error);
      }
    },
  };
};
