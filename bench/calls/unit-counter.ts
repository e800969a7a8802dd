/** Counts DynamoDB's units at the wire: looks at the row before and after each write. */
import { type AttributeValue, DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb';
import { localCredentials, localRegion } from '../../local/environment.ts';
import { tableDefinition } from '../../test/support/adapter-endpoints.ts';
import type { Watcher } from './counting-proxy.ts';
import { type Row, writeUnits } from './write-units.ts';

export interface UnitCounter extends Watcher {
  readonly units: { written: number; read: number };
  close(): void;
}

interface Request {
  readonly TableName: string;
  readonly Key?: Row;
  readonly Item?: Row;
}

const keyOf = ({ Key, Item }: Request): Record<string, AttributeValue> => {
  const { pk, sk } = Key ?? Item ?? {};
  if (pk === undefined || sk === undefined) throw new Error('A write without a key.');
  return { pk, sk };
};

const SINGLE_WRITES: ReadonlySet<string> = new Set(['PutItem', 'UpdateItem', 'DeleteItem']);
const READS: ReadonlySet<string> = new Set(['GetItem', 'Query']);

/** Every read of ours asks for one row of at most 4 KB: one unit when it is consistent. */
export const createUnitCounter = async (endpoint: string): Promise<UnitCounter> => {
  const { GlobalSecondaryIndexes: indexes = [] } = await tableDefinition();
  const client = new DynamoDBClient({
    endpoint,
    region: localRegion,
    credentials: localCredentials,
  });
  const units = { written: 0, read: 0 };
  const rowOf = async (body: Buffer): Promise<Row | undefined> => {
    const request = JSON.parse(body.toString()) as Request;
    const { TableName } = request;
    const get = new GetItemCommand({ TableName, Key: keyOf(request), ConsistentRead: true });
    return (await client.send(get)).Item;
  };
  return {
    units,
    before: async (action, body) => (SINGLE_WRITES.has(action) ? rowOf(body) : undefined),
    async after(action, body, seen) {
      if (READS.has(action)) units.read += 1;
      else if (SINGLE_WRITES.has(action)) {
        const now = await rowOf(body);
        units.written += writeUnits(indexes, seen as Row | undefined, now);
      } else throw new Error(`What ${action} costs is not known here.`);
    },
    close: () => client.destroy(),
  };
};
