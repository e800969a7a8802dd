/** The state in DynamoDB: one row per upload, each change one conditional write. */
import {
  GetCommand,
  PutCommand,
  QueryCommand,
  ScanCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { isDeleted, type ProcessingUpload, type Upload } from '../../domain/upload.ts';
import type { OutcomesOf, PutAnswer, RecordAnswer, UploadStore } from '../../ports/upload-store.ts';
import { cursorOf, listingKeyIn, parseListingKey } from '../listing-order.ts';
import { scanCursorOf, scanPlaceIn } from '../scan-cursor.ts';
import { readMany } from './dynamo-read-many.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { fromStore, nameOf, unavailable } from './sdk-errors.ts';
import {
  dueShardKey,
  generationRow,
  generationSortKey,
  ownerKeyOf,
  partitionOf,
  type Row,
  STATE_SORT_KEY,
  stateRow,
  storedOutcome,
  uploadIdIn,
  uploadIn,
} from './upload-row.ts';

export interface DynamoUploadStoreOptions extends DynamoTable {
  /** How long an upload that came to nothing stays, from its end. */
  readonly unusedRetentionSeconds?: number;
}

/** Longer than a message can live in our queues and their DLQs (4 + 10 + 14 days), so that no late event meets a gap. */
const UNUSED_RETENTION_SECONDS = 30 * 24 * 60 * 60;

const DUE_INDEX = 'by-due';
const OWNER_INDEX = 'by-owner';

/**
 * Uploads of the API that never got a processable file go after a while. What was processed stays, and so
 * does every upload of the bucket: a later overwrite must find the generation it follows. A tombstone goes when no
 * message that could still name its upload is left.
 */
const expiryOf = (upload: Upload, retentionSeconds: number): number | undefined => {
  if (isDeleted(upload)) return Math.ceil(upload.deletedAt / 1000) + retentionSeconds;
  const { state, origin } = upload;
  const cameToNothing = state === 'expired' || state === 'cancelled' || state === 'rejected';
  return cameToNothing && origin === 'api'
    ? Math.ceil(upload.endedAt / 1000) + retentionSeconds
    : undefined;
};

/** The row that made a condition fail; the document client leaves it as the wire has it. */
const conflictingRow = (error: unknown): Row | undefined => {
  const found = error instanceof Error && 'Item' in error ? error.Item : undefined;
  // The SDK types this field as attribute values, but not on the errors we can name here.
  return found === undefined ? undefined : unmarshall(found as Parameters<typeof unmarshall>[0]);
};

const isConditionFailed = (error: unknown): boolean =>
  nameOf(error) === 'ConditionalCheckFailedException';

/** The one write that fences (generation), lets the first writer win (if_not_exists) and joins (its answer is the set). */
const outcomesUpdate = ({ generation, outcomes, at, dueAt }: OutcomesOf) => {
  const steps = Object.entries(outcomes);
  const sets = steps.map(
    (_, index) => `#outcomes.#s${index} = if_not_exists(#outcomes.#s${index}, :o${index})`,
  );
  return {
    UpdateExpression: `SET ${[...sets, '#rev = #rev + :one', '#updatedAt = :at', '#dueAt = :dueAt'].join(', ')}`,
    ConditionExpression: '#generation = :generation AND #state = :processing',
    ExpressionAttributeNames: {
      '#rev': 'rev',
      '#updatedAt': 'updatedAt',
      '#dueAt': 'dueAt',
      '#generation': 'generation',
      '#state': 'state',
      ...(steps.length === 0 ? {} : { '#outcomes': 'outcomes' }),
      ...Object.fromEntries(steps.map(([step], index) => [`#s${index}`, step])),
    },
    ExpressionAttributeValues: {
      ':one': 1,
      ':at': at,
      ':dueAt': dueAt,
      ':generation': generation,
      ':processing': 'processing',
      ...Object.fromEntries(steps.map(([, value], index) => [`:o${index}`, storedOutcome(value)])),
    },
  };
};

const asProcessing = (upload: Upload): ProcessingUpload => {
  if (upload.state === 'processing') return upload;
  throw new Error(`Outcomes were recorded in ${upload.id}, but its row says ${upload.state}.`);
};

/** Every call of the table, with its failures already translated. */
const createTable = ({ client, tableName: TableName }: DynamoUploadStoreOptions) => {
  /** Answers `written`, or the row that was in the way (undefined when there was none). */
  const conditionally = async (
    write: () => Promise<Row | undefined>,
  ): Promise<{ readonly written: Row } | { readonly inTheWay: Row | undefined }> => {
    try {
      return { written: (await write()) ?? {} };
    } catch (error) {
      if (!isConditionFailed(error)) throw unavailable('store_unavailable', error);
      return { inTheWay: conflictingRow(error) };
    }
  };
  return {
    read: (uploadId: string): Promise<Row | undefined> =>
      fromStore(async () => {
        const Key = { pk: partitionOf(uploadId), sk: STATE_SORT_KEY };
        return (await client.send(new GetCommand({ TableName, Key, ConsistentRead: true }))).Item;
      }),
    write: (row: Row, condition: string, values: Readonly<Record<string, unknown>> | undefined) =>
      conditionally(async () => {
        const command = new PutCommand({
          TableName,
          Item: row,
          ConditionExpression: condition,
          ...(values === undefined ? {} : { ExpressionAttributeValues: values }),
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        });
        await client.send(command);
        return undefined;
      }),
    update: (uploadId: string, update: ReturnType<typeof outcomesUpdate>) =>
      conditionally(async () => {
        const command = new UpdateCommand({
          TableName,
          Key: { pk: partitionOf(uploadId), sk: STATE_SORT_KEY },
          ...update,
          ReturnValues: 'ALL_NEW',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        });
        return (await client.send(command)).Attributes;
      }),
    query: (query: Omit<ConstructorParameters<typeof QueryCommand>[0], 'TableName'>) =>
      fromStore(async () => {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new QueryCommand({ TableName, ...query }),
        );
        return { rows: Items as readonly Row[], next: LastEvaluatedKey };
      }),
    scan: (scan: Omit<ConstructorParameters<typeof ScanCommand>[0], 'TableName'>) =>
      fromStore(async () => {
        const { Items = [], LastEvaluatedKey } = await client.send(
          new ScanCommand({ TableName, ...scan }),
        );
        return { rows: Items as readonly Row[], next: LastEvaluatedKey };
      }),
  };
};

type Table = ReturnType<typeof createTable>;

/**
 * The row itself tells whose write won, also when it was ours and only the answer got lost: the token of
 * the last whole-row write is in it, and recording outcomes leaves it there.
 */
const putUpload = async (
  table: Table,
  upload: Upload,
  expiresAt: number | undefined,
): Promise<PutAnswer> => {
  const row = stateRow(upload, expiresAt);
  const isFirst = upload.rev === 1;
  const answer = await table.write(
    row,
    isFirst ? 'attribute_not_exists(pk)' : 'rev = :previous',
    isFirst ? undefined : { ':previous': upload.rev - 1 },
  );
  if ('written' in answer) return { kind: 'written' };
  // No row in the answer means there is none, or a store that does not send it; a read tells which.
  const current = answer.inTheWay ?? (await table.read(upload.id));
  if (current?.writeToken === row.writeToken) return { kind: 'written' };
  return { kind: 'lost', current: current === undefined ? undefined : uploadIn(current) };
};

const recordOutcomes = async (table: Table, recorded: OutcomesOf): Promise<RecordAnswer> => {
  const answer = await table.update(recorded.uploadId, outcomesUpdate(recorded));
  if ('written' in answer)
    return { kind: 'recorded', upload: asProcessing(uploadIn(answer.written)) };
  const current = answer.inTheWay ?? (await table.read(recorded.uploadId));
  return { kind: 'refused', current: current === undefined ? undefined : uploadIn(current) };
};

const readArchive = async (table: Table, uploadId: string, generation: number) => {
  const uploads: Upload[] = [];
  let ExclusiveStartKey: Record<string, unknown> | undefined;
  do {
    const page = await table.query({
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND sk BETWEEN :first AND :last',
      ExpressionAttributeValues: {
        ':pk': partitionOf(uploadId),
        ':first': generationSortKey(0),
        ':last': generationSortKey(generation - 1),
      },
      ExclusiveStartKey,
    });
    uploads.push(...page.rows.map(uploadIn));
    ExclusiveStartKey = page.next;
  } while (ExclusiveStartKey !== undefined);
  return uploads;
};

/** Where a listing goes on: every part of the key but the owner is in the cursor. */
const startKeyOf = (cursor: string, ownerKey: string) => {
  const createdAt = listingKeyIn(cursor);
  const pk = partitionOf(parseListingKey(createdAt)?.id ?? '');
  return { pk, sk: STATE_SORT_KEY, ownerKey, createdAt };
};

/** Rows of other kinds are read and left out, so a page may be empty before the end. */
const scanUploads = async (table: Table, limit: number, cursor: string | undefined) => {
  const [pk, sk] = cursor === undefined ? [] : scanPlaceIn(cursor, 2);
  const { rows, next } = await table.scan({
    Limit: limit,
    FilterExpression: 'sk = :state AND begins_with(pk, :upload)',
    ExpressionAttributeValues: { ':state': STATE_SORT_KEY, ':upload': partitionOf('') },
    ExclusiveStartKey: pk === undefined ? undefined : { pk, sk },
  });
  return {
    uploads: rows.map(uploadIn),
    cursor: next === undefined ? undefined : scanCursorOf(String(next.pk), String(next.sk)),
  };
};

export const createDynamoUploadStore = (options: DynamoUploadStoreOptions): UploadStore => {
  const { unusedRetentionSeconds = UNUSED_RETENTION_SECONDS } = options;
  const table = createTable(options);
  return {
    async find(uploadId) {
      const row = await table.read(uploadId);
      return row === undefined ? undefined : uploadIn(row);
    },
    findAll: (uploadIds) => readMany(options, uploadIds),
    put: (upload) => putUpload(table, upload, expiryOf(upload, unusedRetentionSeconds)),
    recordOutcomes: (recorded) => recordOutcomes(table, recorded),
    async archive(upload) {
      // A slower writer may hold an older row of the same generation; the newest one stays.
      const condition = 'attribute_not_exists(pk) OR rev <= :rev';
      await table.write(generationRow(upload), condition, { ':rev': upload.rev });
    },
    archived: async (uploadId, generation) =>
      generation < 1 ? [] : readArchive(table, uploadId, generation),
    async listByOwner({ tenant, owner }, { limit, cursor }) {
      const ownerKey = ownerKeyOf(tenant, owner);
      const { rows, next } = await table.query({
        IndexName: OWNER_INDEX,
        KeyConditionExpression: 'ownerKey = :owner',
        ExpressionAttributeValues: { ':owner': ownerKey },
        ScanIndexForward: false,
        Limit: limit,
        ExclusiveStartKey: cursor === undefined ? undefined : startKeyOf(cursor, ownerKey),
      });
      // The index holds keys alone: one that held whole rows would cost as much again at every change of an upload.
      const found = await readMany(
        options,
        rows.map(({ pk }) => uploadIdIn(String(pk))),
      );
      return {
        uploads: found.flatMap((upload) =>
          upload === undefined || isDeleted(upload) ? [] : [upload],
        ),
        cursor: next === undefined ? undefined : cursorOf(String(next.createdAt)),
      };
    },
    async listDue(shard, now, limit) {
      const { rows } = await table.query({
        IndexName: DUE_INDEX,
        KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
        ExpressionAttributeValues: { ':shard': dueShardKey(shard), ':now': now },
        Limit: limit,
      });
      return rows.map(({ pk, dueAt }) => ({ id: uploadIdIn(String(pk)), dueAt: Number(dueAt) }));
    },
    scan: (limit, cursor) => scanUploads(table, limit, cursor),
  };
};
