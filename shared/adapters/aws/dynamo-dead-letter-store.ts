/** Dead letters in the state table, in one partition: they are few, and an operator wants to see them together. */
import { DeleteCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { deadLetter } from '../../contracts/dead-letter.ts';
import type { DeadLetter, DeadLetterStore } from '../../ports/dead-letter-store.ts';
import { tellsOfFile } from '../letter-terms.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { LETTERS_PARTITION, letterKeyOf, namedLetterKeyOf } from './letter-rows.ts';
import { fromStore } from './sdk-errors.ts';

export interface DynamoDeadLetterStoreOptions extends DynamoTable {
  readonly now: () => number;
}

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
  const put = (Item: Record<string, unknown>) =>
    fromStore(() => client.send(new PutCommand({ TableName, Item })));

  return {
    async keep(letter: DeadLetter) {
      const { messageId, body } = letter;
      const expiresAt = Math.ceil(now() / 1000) + RETENTION_SECONDS;
      // Named before it is there: a letter that no upload names would outlive its deletion.
      if (tellsOfFile(letter)) {
        await put({ ...namedLetterKeyOf(letter.uploadId, messageId), expiresAt });
      }
      const kept = body.slice(0, MAX_BODY_CHARACTERS);
      await put({ ...letterKeyOf(messageId), ...letter, body: kept, expiresAt });
    },
    async list(limit, cursor) {
      const answer = await fromStore(() =>
        client.send(
          new QueryCommand({
            TableName,
            KeyConditionExpression: 'pk = :dead',
            ExpressionAttributeValues: { ':dead': LETTERS_PARTITION },
            Limit: limit,
            ExclusiveStartKey: cursor === undefined ? undefined : letterKeyOf(cursor),
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
      await fromStore(() =>
        client.send(new DeleteCommand({ TableName, Key: letterKeyOf(messageId) })),
      );
    },
  };
};
