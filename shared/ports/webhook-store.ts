/** Webhooks of tenants, and what is on its way to them. Decided by `rev`, as the state of an upload is. */
import type { Webhook } from '../domain/webhook.ts';
import type { WebhookDelivery } from '../domain/webhook-delivery.ts';

export type Written<Row> =
  | { readonly kind: 'written' }
  /** Another writer was first; `current` is what stands, undefined when there is no row. */
  | { readonly kind: 'lost'; readonly current: Row | undefined };

export interface WebhookRef {
  readonly tenant: string;
  readonly id: string;
}

/** Reads are consistent but `listDue`. Errors of all methods: RetryableError `store_unavailable`. */
export interface WebhookStore {
  /**
   * Keeps a webhook under a new id, in one of the tenant's places.
   * @returns it with its id; undefined when the tenant has as many as it may, however many requests come at once.
   */
  create(webhook: Omit<Webhook, 'id' | 'rev'>): Promise<Webhook | undefined>;
  find(ref: WebhookRef): Promise<Webhook | undefined>;
  /** Of one tenant, oldest first. */
  list(tenant: string): Promise<readonly Webhook[]>;
  /** Replaces the row if its `rev` is still `webhook.rev - 1`. */
  put(webhook: Webhook): Promise<Written<Webhook>>;
  /** Idempotent. Its deliveries stay until they run out; nobody can read them any more. */
  remove(ref: WebhookRef): Promise<void>;
  /** Those that the sweep is to look at by now, the longest due first, eventually consistent. */
  listDue(now: number, limit: number): Promise<readonly Webhook[]>;
}

export interface DeliveryRef {
  readonly webhookId: string;
  readonly id: string;
}

export interface DeliveryPage {
  readonly deliveries: readonly WebhookDelivery[];
  readonly cursor: string | undefined;
}

/** Reads are consistent but `listDue`. Errors of all methods: RetryableError `store_unavailable`. */
export interface DeliveryStore {
  find(ref: DeliveryRef): Promise<WebhookDelivery | undefined>;
  /** Replaces the row if its `rev` is still `delivery.rev - 1` (no row at all counts as rev 0). Each goes after `DELIVERY_KEPT_MS`. */
  put(delivery: WebhookDelivery): Promise<Written<WebhookDelivery>>;
  /** Of one webhook, in the order of ids from the last: newest event first. */
  list(
    webhookId: string,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<DeliveryPage>;
  /** What is due for one webhook by `now`, the longest due first, eventually consistent. */
  listDue(webhookId: string, now: number, limit: number): Promise<readonly DeliveryRef[]>;
}
