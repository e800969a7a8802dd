/** Which parts belong to which upload: a row beside the upload's own, so that its state stays what the pipeline writes. */
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { PartsRegister } from '../../ports/part-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { nameOf, unavailable } from './sdk-errors.ts';
import { partitionOf } from './upload-row.ts';

const isConditionFailed = (error: unknown): boolean =>
  nameOf(error) === 'ConditionalCheckFailedException';

export const createDynamoPartsRegister = ({
  client,
  tableName: TableName,
}: DynamoTable): PartsRegister => {
  const keyOf = (uploadId: string) => ({ pk: partitionOf(uploadId), sk: 'PARTS' });
  const find = async (uploadId: string): Promise<string | undefined> => {
    const Key = keyOf(uploadId);
    const { Item } = await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }));
    return typeof Item?.multipartId === 'string' ? Item.multipartId : undefined;
  };
  /** What `call` answers; `whenTaken` answers for a condition that did not hold. */
  const unlessTaken = async <T>(call: () => Promise<T>, whenTaken: () => Promise<T>) => {
    try {
      return await call().catch((error: unknown) => {
        if (isConditionFailed(error)) return whenTaken();
        throw error;
      });
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  };

  return {
    find: (uploadId) =>
      unlessTaken(
        () => find(uploadId),
        () => find(uploadId),
      ),
    bind: (uploadId, multipartId, expiresAt) =>
      unlessTaken(
        async () => {
          const Item = { ...keyOf(uploadId), multipartId, expiresAt: Math.ceil(expiresAt / 1000) };
          const ConditionExpression = 'attribute_not_exists(pk)';
          await client.send(new PutCommand({ TableName, Item, ConditionExpression }));
          return multipartId;
        },
        async () => (await find(uploadId)) ?? multipartId,
      ),
    async release(uploadId, multipartId) {
      const command = new DeleteCommand({
        TableName,
        Key: keyOf(uploadId),
        ConditionExpression: 'multipartId = :own',
        ExpressionAttributeValues: { ':own': multipartId },
      });
      await unlessTaken(
        async () => void (await client.send(command)),
        async () => undefined,
      );
    },
  };
};
