/** Cursors of bounded jobs in the state table. */
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { CursorStore } from '../../ports/cursor-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { unavailable } from './sdk-errors.ts';

const keyOf = (job: string) => ({ pk: `CURSOR#${job}`, sk: 'CURSOR' });

export const createDynamoCursorStore = ({
  client,
  tableName: TableName,
}: DynamoTable): CursorStore => ({
  async read(job) {
    try {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(job) }));
      return typeof Item?.cursor === 'string' ? Item.cursor : undefined;
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  async keep(job, cursor) {
    const Key = keyOf(job);
    try {
      if (cursor === undefined) await client.send(new DeleteCommand({ TableName, Key }));
      else await client.send(new PutCommand({ TableName, Item: { ...Key, cursor } }));
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
});
