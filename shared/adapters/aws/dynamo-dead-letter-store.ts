/** Dead letters in the state table, in one partition: they are few, and an operator wants to see them together. */
import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  PutCommand,
  QueryCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { deadLetter } from '../../contracts/dead-letter.ts';
import type { DeadLetter, DeadLetterStore } from '../../ports/dead-letter-store.ts';
import { unavailable } from './sdk-errors.ts';

export interface DynamoDeadLetterStoreOptions {
  readonly client: DynamoDBDocumentClient;
  readonly tableName: string;
  readonly now: () => number;
}

const PARTITION = 'DEAD';
/** As long as a DLQ could have kept it. */
const RETENTION_SECONDS = 14 * 24 * 60 * 60;
/** A row holds 400 KB; a body of ours is a few KB, a foreign one may be 1 MiB. */
const MAX_BODY_CHARACTERS = 64 * 1024;

const rows = z.array(deadLetter);

export const createDynamoDeadLetterStore = ({
  client,
  tableName: TableName,
  now,
}: DynamoDeadLetterStoreOptions): DeadLetterStore => {
  const translated = async <T>(call: () => Promise<T>): Promise<T> => {
    try {
      return await call();
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  };
  const keyOf = (messageId: string) => ({ pk: PARTITION, sk: messageId });

  return {
    async keep(letter: DeadLetter) {
      const Item = {
        ...keyOf(letter.messageId),
        ...letter,
        body: letter.body.slice(0, MAX_BODY_CHARACTERS),
        expiresAt: Math.ceil(now() / 1000) + RETENTION_SECONDS,
      };
      await translated(() => client.send(new PutCommand({ TableName, Item })));
    },
    async list(limit, cursor) {
      const answer = await translated(() =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :dead',
            ExpressionAttributeValues: { ':dead': PARTITION },
            Limit: limit,
            ExclusiveStartKey: cursor === undefined ? undefined : keyOf(cursor),
          }),
        ),
      );
      const next = answer.LastEvaluatedKey?.sk;
      return {
        letters: rows.parse(answer.Items ?? []),
        cursor: typeof next === 'string' ? next : undefined,
      };
    },
    async forget(messageId) {
      await translated(() => client.send(new DeleteCommand({ TableName, Key: keyOf(messageId) })));
    },
  };
};
