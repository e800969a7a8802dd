/** The index of contents in the state table: one row per tenant and SHA-256, which is only ever a digest of both there. */
import { createHash } from 'node:crypto';
import { DeleteCommand, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import type { Content, ContentIndex } from '../../ports/content-index.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { nameOf, unavailable } from './sdk-errors.ts';

/** Who sends the same file again does so within a quarter of a year, or has it processed again. */
const KEPT_SECONDS = 90 * 24 * 60 * 60;

const keyOf = ({ tenant, sha256 }: Content) => {
  const digest = createHash('sha256')
    .update(JSON.stringify([tenant, sha256]))
    .digest('hex');
  return { pk: `CONTENT#${digest}`, sk: 'CONTENT' };
};

export const createDynamoContentIndex = ({
  client,
  tableName: TableName,
}: DynamoTable): ContentIndex => ({
  async find(content) {
    try {
      const { Item } = await client.send(new GetCommand({ TableName, Key: keyOf(content) }));
      return typeof Item?.uploadId === 'string' ? Item.uploadId : undefined;
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  async remember(content, uploadId, at) {
    const expiresAt = Math.ceil(at / 1000) + KEPT_SECONDS;
    try {
      const Item = { ...keyOf(content), uploadId, expiresAt };
      await client.send(new PutCommand({ TableName, Item }));
    } catch (error) {
      throw unavailable('store_unavailable', error);
    }
  },
  async forget(content, uploadId) {
    try {
      await client.send(
        new DeleteCommand({
          TableName,
          Key: keyOf(content),
          ConditionExpression: 'attribute_not_exists(pk) OR uploadId = :own',
          ExpressionAttributeValues: { ':own': uploadId },
        }),
      );
    } catch (error) {
      if (nameOf(error) !== 'ConditionalCheckFailedException') {
        throw unavailable('store_unavailable', error);
      }
    }
  },
});
