/** Reads the current rows of many uploads, a hundred to a request. */
import { setTimeout as delay } from 'node:timers/promises';
import { BatchGetCommand } from '@aws-sdk/lib-dynamodb';
import { RetryableError } from '../../domain/errors.ts';
import type { Upload } from '../../domain/upload.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { unavailable } from './sdk-errors.ts';
import { partitionOf, type Row, STATE_SORT_KEY, uploadIn } from './upload-row.ts';

/** "A single operation can retrieve up to 16 MB of data, which can contain as many as 100 items." */
const MAX_KEYS = 100;
/** What does not fit into one answer, or is throttled, is named in it and asked for again. */
const MAX_ROUNDS = 5;
const PAUSE_MS = 50;

type Keys = readonly Readonly<Record<string, unknown>>[];

const readSome = async ({ client, tableName }: DynamoTable, ids: readonly string[]) => {
  const rows: Row[] = [];
  let Keys: Keys = ids.map((id) => ({ pk: partitionOf(id), sk: STATE_SORT_KEY }));
  for (let round = 0; Keys.length > 0; round += 1) {
    if (round === MAX_ROUNDS) throw new RetryableError('store_unavailable');
    if (round > 0) await delay(PAUSE_MS * 2 ** (round - 1));
    const { Responses = {}, UnprocessedKeys = {} } = await client.send(
      new BatchGetCommand({
        RequestItems: { [tableName]: { Keys: [...Keys], ConsistentRead: true } },
      }),
    );
    rows.push(...(Responses[tableName] ?? []));
    Keys = UnprocessedKeys[tableName]?.Keys ?? [];
  }
  return rows;
};

/** Consistent, in the order asked; undefined where there is no row. */
export const readMany = async (
  options: DynamoTable,
  uploadIds: readonly string[],
): Promise<readonly (Upload | undefined)[]> => {
  const unique = [...new Set(uploadIds)];
  const found = new Map<string, Upload>();
  try {
    for (let first = 0; first < unique.length; first += MAX_KEYS) {
      const rows = await readSome(options, unique.slice(first, first + MAX_KEYS));
      for (const upload of rows.map(uploadIn)) found.set(upload.id, upload);
    }
  } catch (error) {
    throw unavailable('store_unavailable', error);
  }
  return uploadIds.map((id) => found.get(id));
};
