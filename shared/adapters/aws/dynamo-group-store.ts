/** Upload groups in the state table: one row each, every change one conditional write. */
import {
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { stateCounts } from '../../contracts/group.ts';
import type { Group, MemberState } from '../../domain/group.ts';
import type { GroupStore } from '../../ports/group-store.ts';
import { dueShardOf } from '../due-shard.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { fromStore, nameOf } from './sdk-errors.ts';

const PREFIX = 'GROUP#';
const SORT_KEY = 'GROUP';
const DUE_INDEX = 'by-due';
/** A partition apart from that of uploads, which the sweep drives in another way. */
const dueShardKey = (shard: number): string => `DUE-GROUP#${shard}`;
const keyOf = (groupId: string) => ({ pk: `${PREFIX}${groupId}`, sk: SORT_KEY });

/** Members that came to nothing are forgotten after thirty days; a group of only such has then nothing to tell of. */
const UNUSED_RETENTION_SECONDS = 30 * 24 * 60 * 60;
const NOTHING: ReadonlySet<string> = new Set<MemberState>([
  'expired',
  'cancelled',
  'rejected',
  'gone',
]);

const row = z.object({
  id: z.string(),
  tenant: z.string(),
  owner: z.string(),
  madeAt: z.number(),
  count: z.int().positive(),
  // A set that would be empty is not there at all.
  arrived: z.set(z.int().nonnegative()).optional(),
  ended: z.object({ at: z.number(), states: stateCounts }).optional(),
  dueAt: z.number().optional(),
  drives: z.int().nonnegative(),
});

const groupIn = (stored: unknown): Group => {
  const { madeAt: createdAt, arrived = new Set(), ended, dueAt, ...rest } = row.parse(stored);
  return {
    ...rest,
    createdAt,
    arrived: [...arrived].sort((left, right) => left - right),
    ...(ended === undefined ? {} : { ended }),
    ...(dueAt === undefined ? {} : { dueAt }),
  };
};

/** `createdAt` is the name that the owner's index sorts uploads by. */
const rowOf = ({ createdAt: madeAt, arrived, ...group }: Group) => ({
  ...keyOf(group.id),
  ...group,
  v: 1,
  madeAt,
  ...(arrived.length === 0 ? {} : { arrived: new Set(arrived) }),
  ...(group.dueAt === undefined ? {} : { dueShard: dueShardKey(dueShardOf(group.id)) }),
});

const isConditionFailed = (error: unknown): boolean =>
  nameOf(error) === 'ConditionalCheckFailedException';

type Change = Omit<UpdateCommandInput, 'TableName' | 'Key' | 'ReturnValues'>;

const createRows = ({ client, tableName: TableName }: DynamoTable) => {
  /** What a write answers; undefined when its condition did not hold. */
  const unless = <T>(write: () => Promise<T>): Promise<T | undefined> =>
    fromStore(async () => {
      try {
        return await write();
      } catch (error) {
        if (isConditionFailed(error)) return undefined;
        throw error;
      }
    });
  return {
    find: (groupId: string) =>
      fromStore(async () => {
        const Key = keyOf(groupId);
        const command = new GetCommand({ TableName, Key, ConsistentRead: true });
        const { Item } = await client.send(command);
        return Item && groupIn(Item);
      }),
    put: (group: Group) =>
      unless(async () => {
        const ConditionExpression = 'attribute_not_exists(pk)';
        await client.send(new PutCommand({ TableName, Item: rowOf(group), ConditionExpression }));
        return group;
      }),
    change: (groupId: string, change: Change) =>
      unless(async () => {
        const Key = keyOf(groupId);
        const command = new UpdateCommand({ TableName, Key, ...change, ReturnValues: 'ALL_NEW' });
        return groupIn((await client.send(command)).Attributes);
      }),
    remove: (groupId: string) =>
      fromStore(() => client.send(new DeleteCommand({ TableName, Key: keyOf(groupId) }))),
    due: (shard: number, now: number, Limit: number) =>
      fromStore(async () => {
        const { Items = [] } = await client.send(
          new QueryCommand({
            TableName,
            IndexName: DUE_INDEX,
            KeyConditionExpression: 'dueShard = :shard AND dueAt <= :now',
            ExpressionAttributeValues: { ':shard': dueShardKey(shard), ':now': now },
            Limit,
          }),
        );
        return Items;
      }),
  };
};

export const createDynamoGroupStore = (options: DynamoTable): GroupStore => {
  const rows = createRows(options);
  return {
    find: rows.find,
    async create(group) {
      return (await rows.put(group)) ?? (await rows.find(group.id)) ?? group;
    },
    async arrive(groupId, members) {
      if (members.length === 0) return rows.find(groupId);
      return rows.change(groupId, {
        UpdateExpression: 'ADD arrived :members',
        ConditionExpression: 'attribute_exists(pk)',
        ExpressionAttributeValues: { ':members': new Set(members) },
      });
    },
    async end(groupId, end) {
      const cameToNothing = Object.keys(end.states).every((state) => NOTHING.has(state));
      const expiresAt = Math.ceil(end.at / 1000) + UNUSED_RETENTION_SECONDS;
      const ended = await rows.change(groupId, {
        UpdateExpression: `SET ended = :end${cameToNothing ? ', expiresAt = :expiresAt' : ''}`,
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(ended)',
        ExpressionAttributeValues: {
          ':end': end,
          ...(cameToNothing ? { ':expiresAt': expiresAt } : {}),
        },
      });
      return ended ?? rows.find(groupId);
    },
    async settle(groupId) {
      await rows.change(groupId, {
        UpdateExpression: 'REMOVE dueShard, dueAt',
        ConditionExpression: 'attribute_exists(ended)',
      });
    },
    async forget(groupId) {
      await rows.remove(groupId);
    },
    async drive({ id, dueAt: seen }, dueAt) {
      if (seen === undefined) return false;
      const moved = await rows.change(id, {
        UpdateExpression: 'SET dueAt = :next ADD drives :one',
        ConditionExpression: 'dueAt = :seen',
        ExpressionAttributeValues: { ':next': dueAt, ':seen': seen, ':one': 1 },
      });
      return moved !== undefined;
    },
    async listDue(shard, now, limit) {
      const due = await rows.due(shard, now, limit);
      return due.map(({ pk, dueAt }) => ({
        id: String(pk).slice(PREFIX.length),
        dueAt: Number(dueAt),
      }));
    },
  };
};
