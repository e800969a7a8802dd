/** Webhooks and their deliveries in memory, with the same answers as DynamoDB. */
import type { Webhook } from '../../domain/webhook.ts';
import type { WebhookDelivery } from '../../domain/webhook-delivery.ts';
import type { Random } from '../../ports/random.ts';
import type { DeliveryRef, DeliveryStore, WebhookStore } from '../../ports/webhook-store.ts';
import { placeOfWebhook, WEBHOOK_PLACES, webhookId } from '../webhook-id.ts';
import { frozenCopy } from './frozen-copy.ts';
import { createLaggingIndex, type IndexLag } from './lagging-index.ts';

interface Lagging {
  /** How far the index of what is due is behind the rows; it is not when absent. */
  readonly indexLag?: IndexLag | undefined;
}

const byDue = (left: { readonly dueAt?: number | undefined }, right: typeof left): number =>
  (left.dueAt ?? 0) - (right.dueAt ?? 0);

export interface MemoryWebhookStore extends WebhookStore {
  /** Everything, for tests. */
  all(): readonly Webhook[];
}

export const createMemoryWebhookStore = ({
  random,
  indexLag,
}: Lagging & { readonly random: Pick<Random, 'id'> }): MemoryWebhookStore => {
  const rows = new Map<string, Webhook>();
  const index = createLaggingIndex(rows, indexLag);
  const keyOf = (tenant: string, place: number | undefined): string => `${tenant}/${place}`;
  const find = (tenant: string, id: string): Webhook | undefined => {
    const row = rows.get(keyOf(tenant, placeOfWebhook(id)));
    return row?.id === id ? row : undefined;
  };
  return {
    async create(webhook) {
      const place = WEBHOOK_PLACES.find((free) => !rows.has(keyOf(webhook.tenant, free)));
      if (place === undefined) return undefined;
      const created = frozenCopy({ ...webhook, id: webhookId(place, random.id()), rev: 1 });
      rows.set(keyOf(webhook.tenant, place), created);
      index.change(keyOf(webhook.tenant, place));
      return created;
    },
    find: async ({ tenant, id }) => find(tenant, id),
    list: async (tenant) =>
      [...rows.values()]
        .filter((row) => row.tenant === tenant)
        .sort((left, right) => left.createdAt - right.createdAt),
    async put(webhook) {
      const current = find(webhook.tenant, webhook.id);
      if (current?.rev !== webhook.rev - 1) return { kind: 'lost', current };
      const key = keyOf(webhook.tenant, placeOfWebhook(webhook.id));
      rows.set(key, frozenCopy(webhook));
      index.change(key);
      return { kind: 'written' };
    },
    async remove({ tenant, id }) {
      if (find(tenant, id) === undefined) return;
      const key = keyOf(tenant, placeOfWebhook(id));
      rows.delete(key);
      index.change(key);
    },
    listDue: async (now, limit) =>
      index
        .rows()
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
        .sort(byDue)
        .slice(0, limit),
    all: () => [...rows.values()],
  };
};

export interface MemoryDeliveryStore extends DeliveryStore {
  /** Everything, for tests. */
  all(): readonly WebhookDelivery[];
}

export const createMemoryDeliveryStore = ({ indexLag }: Lagging = {}): MemoryDeliveryStore => {
  const rows = new Map<string, WebhookDelivery>();
  const index = createLaggingIndex(rows, indexLag);
  const keyOf = ({ webhookId: webhook, id }: DeliveryRef): string => `${webhook}/${id}`;
  const of = (webhook: string): readonly WebhookDelivery[] =>
    [...rows.values()].filter((row) => row.webhookId === webhook);
  return {
    find: async (ref) => rows.get(keyOf(ref)),
    async put(delivery) {
      const current = rows.get(keyOf(delivery));
      if ((current?.rev ?? 0) !== delivery.rev - 1) return { kind: 'lost', current };
      rows.set(keyOf(delivery), frozenCopy(delivery));
      index.change(keyOf(delivery));
      return { kind: 'written' };
    },
    async list(webhook, { limit, cursor }) {
      const after = of(webhook)
        .filter(({ id }) => cursor === undefined || id < cursor)
        .sort((left, right) => (left.id < right.id ? 1 : -1));
      const deliveries = after.slice(0, limit);
      return { deliveries, cursor: after.length > limit ? deliveries.at(-1)?.id : undefined };
    },
    listDue: async (webhook, now, limit) =>
      index
        .rows()
        .filter(({ webhookId }) => webhookId === webhook)
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
        .sort(byDue)
        .slice(0, limit)
        .map(({ id }) => ({ webhookId: webhook, id })),
    all: () => [...rows.values()],
  };
};
