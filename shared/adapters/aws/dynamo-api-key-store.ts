/** API keys in the state table, in one partition per tenant. */
import { DeleteCommand, GetCommand, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import type { ApiKey, ApiKeyStore } from '../../ports/api-key-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { fromStore } from './sdk-errors.ts';

const apiKey = z.object({
  tenant: z.string(),
  keyId: z.string(),
  secretSha256: z.string().length(64),
  createdAt: z.number(),
});

/** In the table `createdAt` is a key of an index, of another type. */
const rowOf = ({ createdAt, ...key }: ApiKey) => ({
  ...keyOf(key.tenant, key.keyId),
  ...key,
  madeAt: createdAt,
});

const keyIn = (row: Readonly<Record<string, unknown>>): ApiKey =>
  apiKey.parse({ ...row, createdAt: row.madeAt });

const SORT_PREFIX = 'KEY#';
const partitionOf = (tenant: string): string => `TENANT#${tenant}`;
const keyOf = (tenant: string, keyId: string) => ({
  pk: partitionOf(tenant),
  sk: `${SORT_PREFIX}${keyId}`,
});

export const createDynamoApiKeyStore = ({
  client,
  tableName: TableName,
}: DynamoTable): ApiKeyStore => {
  return {
    find: (tenant, keyId) =>
      fromStore(async () => {
        const Key = keyOf(tenant, keyId);
        const { Item } = await client.send(
          new GetCommand({ TableName, Key, ConsistentRead: true }),
        );
        return Item && keyIn(Item);
      }),
    async keep(key) {
      const Item = rowOf(key);
      await fromStore(() => client.send(new PutCommand({ TableName, Item })));
    },
    list: (tenant) =>
      fromStore(async () => {
        // A tenant has a handful: the page of 1 MB holds thousands.
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName,
            ConsistentRead: true,
            KeyConditionExpression: 'pk = :tenant AND begins_with(sk, :key)',
            ExpressionAttributeValues: { ':tenant': partitionOf(tenant), ':key': SORT_PREFIX },
          }),
        );
        return Items.map(keyIn);
      }),
    async forget(tenant, keyId) {
      const Key = keyOf(tenant, keyId);
      await fromStore(() => client.send(new DeleteCommand({ TableName, Key })));
    },
  };
};
