/** Deletes rows whose TTL attribute has passed, as DynamoDB does some time later. */
import type { Backend } from './backend.ts';
import type { World } from './conditional-write.ts';
import { type Attributes, pickKey } from './tables.ts';

/** Developer Guide, TTL: a time "older than five years" is not taken for an expiry. */
const fiveYearsSeconds = 5 * 365 * 24 * 60 * 60;

/** Looks through every table with TTL once. Returns how many rows it deleted. */
export const sweepExpired = async ({ backend, lock, tables }: World): Promise<number> => {
  let deleted = 0;
  for (const [table, { ttlAttribute }] of tables.all()) {
    if (ttlAttribute === undefined) continue;
    const names = await tables.keyNames(table);
    if ('reply' in names) continue;
    for (const row of await findExpired(backend, { table, ttlAttribute, names })) {
      const { error } = await lock.shared(() =>
        backend.call('DeleteItem', {
          TableName: table,
          Key: pickKey(names, row),
          // Whoever moved the expiry meanwhile keeps the row.
          ConditionExpression: '#ttl = :seen',
          ExpressionAttributeNames: { '#ttl': ttlAttribute },
          ExpressionAttributeValues: { ':seen': row[ttlAttribute] },
        }),
      );
      if (error === undefined) deleted += 1;
    }
  }
  return deleted;
};

type Search = {
  readonly table: string;
  readonly ttlAttribute: string;
  readonly names: readonly string[];
};

const findExpired = async (
  backend: Backend,
  { table, ttlAttribute, names }: Search,
): Promise<readonly Attributes[]> => {
  const now = Math.floor(Date.now() / 1000);
  const keyTokens = names.map((name, index) => [`#k${index}`, name] as const);
  const found: Attributes[] = [];
  let ExclusiveStartKey: unknown;
  do {
    const { members, error } = await backend.call('Scan', {
      TableName: table,
      FilterExpression: '#ttl < :now AND #ttl > :ancient',
      ProjectionExpression: ['#ttl', ...keyTokens.map(([token]) => token)].join(', '),
      ExpressionAttributeNames: { '#ttl': ttlAttribute, ...Object.fromEntries(keyTokens) },
      ExpressionAttributeValues: {
        ':now': { N: `${now}` },
        ':ancient': { N: `${now - fiveYearsSeconds}` },
      },
      ...(ExclusiveStartKey === undefined ? {} : { ExclusiveStartKey }),
    });
    if (error !== undefined) return found;
    found.push(...(members.Items as readonly Attributes[]));
    ExclusiveStartKey = members.LastEvaluatedKey;
  } while (ExclusiveStartKey !== undefined);
  return found;
};
