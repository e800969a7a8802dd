/** Quotas of tenants and what is reserved, in the state table: a row each, beside their API keys. */
import {
  GetCommand,
  PutCommand,
  UpdateCommand,
  type UpdateCommandInput,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod';
import { tenantQuota } from '../../contracts/tenant-quota.ts';
import { RetryableError } from '../../domain/errors.ts';
import {
  type Amount,
  boundOf,
  freshOf,
  lackOf,
  type Reservation,
  type Reservations,
  usedBy,
} from '../../domain/quota.ts';
import type { ReservationStore, TenantQuotaStore } from '../../ports/tenant-quota-store.ts';
import type { DynamoTable } from './dynamo-table.ts';
import { fromStore, nameOf, unavailable } from './sdk-errors.ts';

export const createDynamoTenantQuotas = ({
  client,
  tableName: TableName,
}: DynamoTable): TenantQuotaStore => {
  const keyOf = (tenant: string) => ({ pk: `TENANT#${tenant}`, sk: 'QUOTA' });
  return {
    async find(tenant) {
      const Key = keyOf(tenant);
      const { Item } = await fromStore(() => client.send(new GetCommand({ TableName, Key })));
      return Item === undefined ? {} : tenantQuota.parse(Item.quota);
    },
    async keep(tenant, quota) {
      const Item = { ...keyOf(tenant), quota };
      await fromStore(() => client.send(new PutCommand({ TableName, Item })));
    },
  };
};

/** An attribute for each upload, so that one write can hold or let go of many and no list is rewritten. */
const PREFIX = 'for_';
const entry = z.object({ size: z.number(), at: z.number(), by: z.string().optional() });

const reservationsIn = (row: Readonly<Record<string, unknown>> = {}): Reservations => ({
  held: Object.entries(row)
    .filter(([name]) => name.startsWith(PREFIX))
    .map(([name, value]) => {
      const { by: owner, ...rest } = entry.parse(value);
      return { uploadId: name.slice(PREFIX.length), ...rest, owner };
    }),
  settledAt: Number(row.settledAt ?? 0),
});

/** What an expression may be long (4 KB) is enough for so many. */
const MOST_AT_ONCE = 100;
/** Writers of one row in the same moment; each lost race means that another's write is there. */
const MAX_RACES = 8;

const namesOf = (all: readonly Reservation[]) =>
  Object.fromEntries(all.map(({ uploadId }, index) => [`#u${index}`, `${PREFIX}${uploadId}`]));

type Change = Omit<UpdateCommandInput, 'TableName' | 'Key'>;

/** Both sums stand beside the set so that a condition can ask them; they change in the write that changes the set. */
const holding = (asked: readonly Reservation[], most: Amount): Change => {
  const { uploads, bytes } = usedBy(asked);
  const sets = asked.map((_, index) => `#u${index} = :u${index}`);
  const absent = asked.map((_, index) => `attribute_not_exists(#u${index})`);
  return {
    UpdateExpression: `SET ${sets.join(', ')} ADD uploads :uploads, bytes :bytes`,
    ConditionExpression: [
      ...absent,
      '(attribute_not_exists(uploads) OR uploads <= :uploadsLeft)',
      '(attribute_not_exists(bytes) OR bytes <= :bytesLeft)',
    ].join(' AND '),
    ExpressionAttributeNames: namesOf(asked),
    ExpressionAttributeValues: {
      ':uploads': uploads,
      ':bytes': bytes,
      ':uploadsLeft': most.uploads - uploads,
      ':bytesLeft': most.bytes - bytes,
      ...Object.fromEntries(
        asked.map(({ size, at, owner: by }, index) => [`:u${index}`, { size, at, by }]),
      ),
    },
  };
};

const lettingGo = (ended: readonly Reservation[], at: number): Change => {
  const { uploads, bytes } = usedBy(ended);
  const names = ended.map((_, index) => `#u${index}`);
  return {
    UpdateExpression: `SET settledAt = :at REMOVE ${names.join(', ')} ADD uploads :uploads, bytes :bytes`,
    ConditionExpression: names.map((name) => `attribute_exists(${name})`).join(' AND '),
    ExpressionAttributeNames: namesOf(ended),
    ExpressionAttributeValues: { ':at': at, ':uploads': -uploads, ':bytes': -bytes },
  };
};

const chunksOf = (all: readonly Reservation[]): readonly (readonly Reservation[])[] =>
  Array.from({ length: Math.ceil(all.length / MOST_AT_ONCE) }, (_, index) =>
    all.slice(index * MOST_AT_ONCE, (index + 1) * MOST_AT_ONCE),
  );

export const createDynamoReservations = ({
  client,
  tableName: TableName,
}: DynamoTable): ReservationStore => {
  const keyOf = (tenant: string) => ({ pk: `TENANT#${tenant}`, sk: 'RESERVED' });

  const read = async (tenant: string): Promise<Reservations> => {
    const get = new GetCommand({ TableName, Key: keyOf(tenant), ConsistentRead: true });
    return reservationsIn((await fromStore(() => client.send(get))).Item);
  };

  /** False when the condition was not met. */
  const change = async (tenant: string, terms: Change): Promise<boolean> => {
    try {
      await client.send(new UpdateCommand({ TableName, Key: keyOf(tenant), ...terms }));
      return true;
    } catch (error) {
      if (nameOf(error) === 'ConditionalCheckFailedException') return false;
      throw unavailable('store_unavailable', error);
    }
  };

  const settleSome = async (tenant: string, ended: readonly Reservation[], at: number) => {
    let left = ended;
    for (let race = 0; race < MAX_RACES && left.length > 0; race += 1) {
      if (await change(tenant, lettingGo(left, at))) return;
      // Another one let go of some of them: only what is still held is let go of, so that no sum sinks twice.
      const still = new Set((await read(tenant)).held.map(({ uploadId }) => uploadId));
      left = left.filter(({ uploadId }) => still.has(uploadId));
    }
  };

  return {
    held: read,
    async reserve(tenant, asked, room) {
      // Before the row is read nothing of it is known: as if it were empty, which bounds all by one owner's share.
      let held: readonly Reservation[] = [];
      let fresh = asked;
      for (let race = 0; race < MAX_RACES; race += 1) {
        const fits = lackOf(room, held, fresh) === undefined;
        if (!fits && race > 0) return 'no_room';
        const terms = holding(fresh, boundOf(room, held, fresh));
        if (fits && (await change(tenant, terms))) return 'reserved';
        held = (await read(tenant)).held;
        fresh = freshOf(asked, held);
        if (fresh.length === 0) return 'reserved';
      }
      throw new RetryableError('lost_race');
    },
    async settle(tenant, ended, at) {
      for (const some of chunksOf(ended)) await settleSome(tenant, some, at);
      if (ended.length > 0) return;
      const terms = { UpdateExpression: 'SET settledAt = :at' };
      await change(tenant, { ...terms, ExpressionAttributeValues: { ':at': at } });
    },
  };
};
