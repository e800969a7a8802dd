/** The rows of webhooks and of their deliveries: how they are spelled in DynamoDB, and back. */
import * as z from 'zod';
import { CALL_FAILURE_CODES, DELIVERY_END_CODES } from '../../domain/errors.ts';
import { DISABLED_REASONS, WEBHOOK_EVENTS, type Webhook } from '../../domain/webhook.ts';
import {
  DELIVERY_KEPT_MS,
  DELIVERY_STATES,
  type WebhookDelivery,
} from '../../domain/webhook-delivery.ts';
import type { DeliveryRef } from '../../ports/webhook-store.ts';
import { placeOfWebhook } from '../webhook-id.ts';

type Row = Readonly<Record<string, unknown>>;

const callFailure = z.enum(CALL_FAILURE_CODES);
const secretRef = z.object({ keyId: z.string(), version: z.int().positive() });

const webhook = z.object({
  tenant: z.string(),
  id: z.string(),
  rev: z.int().positive(),
  url: z.string(),
  events: z.array(z.enum(WEBHOOK_EVENTS)),
  createdAt: z.number(),
  secret: secretRef,
  previousSecret: secretRef.extend({ until: z.number() }).optional(),
  disabled: z.object({ at: z.number(), reason: z.enum(DISABLED_REASONS) }).optional(),
  failing: z.object({ since: z.number(), last: callFailure, lastAt: z.number() }).optional(),
  dueAt: z.number().optional(),
  emptyAt: z.number().optional(),
});

const delivery = z.object({
  webhookId: z.string(),
  id: z.string(),
  tenant: z.string(),
  rev: z.int().positive(),
  event: z.enum(WEBHOOK_EVENTS),
  payload: z.string(),
  state: z.enum(DELIVERY_STATES),
  createdAt: z.number(),
  startedAt: z.number(),
  turn: z.int().nonnegative(),
  tries: z.int().nonnegative(),
  attempts: z.array(
    z.object({
      turn: z.int().nonnegative(),
      at: z.number(),
      durationMs: z.number(),
      status: z.int().optional(),
      failure: callFailure.optional(),
    }),
  ),
  endedAt: z.number().optional(),
  reason: z.enum(DELIVERY_END_CODES).optional(),
  dueAt: z.number().optional(),
});

/** A partition of the due index for the webhooks, and one for the deliveries of each: none of them delays another. */
export const DUE_WEBHOOKS = 'DUE#webhooks';
export const dueDeliveriesOf = (webhookId: string): string => `DUE#${webhookId}`;

/** Apart from the tenant's API keys: who sends to webhooks can read no key. */
export const webhooksPartition = (tenant: string): string => `WEBHOOKS#${tenant}`;
const placeKey = (place: number): string => `PLACE#${place}`;

/** Undefined for a text that is no id of a webhook. */
export const webhookKey = (tenant: string, id: string) => {
  const place = placeOfWebhook(id);
  return place === undefined ? undefined : { pk: webhooksPartition(tenant), sk: placeKey(place) };
};

const deliveriesPartition = (webhookId: string): string => `WEBHOOK#${webhookId}`;
const DELIVERY_PREFIX = 'DELIVERY#';
export const deliveryKey = ({ webhookId, id }: DeliveryRef) => ({
  pk: deliveriesPartition(webhookId),
  sk: `${DELIVERY_PREFIX}${id}`,
});
export const deliveryIdIn = (sortKey: string): string => sortKey.slice(DELIVERY_PREFIX.length);

/** In the table `createdAt` is a key of an index, of another type. */
export const webhookRow = ({ createdAt, ...rest }: Webhook): Row => ({
  ...webhookKey(rest.tenant, rest.id),
  ...rest,
  madeAt: createdAt,
  ...(rest.dueAt === undefined ? {} : { dueShard: DUE_WEBHOOKS }),
});

export const webhookIn = (row: Row): Webhook => webhook.parse({ ...row, createdAt: row.madeAt });

export const deliveryRow = ({ createdAt, ...rest }: WebhookDelivery): Row => ({
  ...deliveryKey(rest),
  ...rest,
  madeAt: createdAt,
  ...(rest.dueAt === undefined ? {} : { dueShard: dueDeliveriesOf(rest.webhookId) }),
  // A replay begins it anew; what is pending lives for less than this.
  expiresAt: Math.ceil((rest.startedAt + DELIVERY_KEPT_MS) / 1000),
});

export const deliveryIn = (row: Row): WebhookDelivery =>
  delivery.parse({ ...row, createdAt: row.madeAt });
