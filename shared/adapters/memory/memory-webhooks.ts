/** Webhooks and their deliveries in memory, with the same answers as DynamoDB. */
import type { Webhook } from '../../domain/webhook.ts';
import type { WebhookDelivery } from '../../domain/webhook-delivery.ts';
import type { Random } from '../../ports/random.ts';
import type { DeliveryRef, DeliveryStore, WebhookStore } from '../../ports/webhook-store.ts';
import { placeOfWebhook, WEBHOOK_PLACES, webhookId } from '../webhook-id.ts';
import { frozenCopy } from './frozen-copy.ts';

const byDue = (left: { readonly dueAt?: number | undefined }, right: typeof left): number =>
  (left.dueAt ?? 0) - (right.dueAt ?? 0);

export const createMemoryWebhookStore = ({
  random,
}: {
  readonly random: Pick<Random, 'id'>;
}): WebhookStore => {
  const rows = new Map<string, Webhook>();
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
      rows.set(keyOf(webhook.tenant, placeOfWebhook(webhook.id)), frozenCopy(webhook));
      return { kind: 'written' };
    },
    async remove({ tenant, id }) {
      if (find(tenant, id) !== undefined) rows.delete(keyOf(tenant, placeOfWebhook(id)));
    },
    listDue: async (now, limit) =>
      [...rows.values()]
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
        .sort(byDue)
        .slice(0, limit),
  };
};

export interface MemoryDeliveryStore extends DeliveryStore {
  /** Everything, for tests. */
  all(): readonly WebhookDelivery[];
}

export const createMemoryDeliveryStore = (): MemoryDeliveryStore => {
  const rows = new Map<string, WebhookDelivery>();
  const keyOf = ({ webhookId: webhook, id }: DeliveryRef): string => `${webhook}/${id}`;
  const of = (webhook: string): readonly WebhookDelivery[] =>
    [...rows.values()].filter((row) => row.webhookId === webhook);
  return {
    find: async (ref) => rows.get(keyOf(ref)),
    async put(delivery) {
      const current = rows.get(keyOf(delivery));
      if ((current?.rev ?? 0) !== delivery.rev - 1) return { kind: 'lost', current };
      rows.set(keyOf(delivery), frozenCopy(delivery));
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
      of(webhook)
        .filter(({ dueAt }) => dueAt !== undefined && dueAt <= now)
        .sort(byDue)
        .slice(0, limit)
        .map(({ id }) => ({ webhookId: webhook, id })),
    all: () => [...rows.values()],
  };
};
