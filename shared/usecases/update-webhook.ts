/** Changes the rows of a webhook and its deliveries, which others write too. */
import { RetryableError } from '../domain/errors.ts';
import { type Webhook, withWaiting } from '../domain/webhook.ts';
import type { WebhookDelivery } from '../domain/webhook-delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeliveryStore, WebhookRef, WebhookStore } from '../ports/webhook-store.ts';

export interface UpdateWebhookDeps {
  readonly webhooks: WebhookStore;
  readonly clock: Clock;
}

/** Writers of one row are its tenant, the sweep, and a few senders while it begins to fail. */
const MAX_RACES = 20;

/**
 * Decides anew for whatever another writer left.
 * @param change what is to stand; undefined when nothing is to be written.
 * @returns what stands; undefined when the webhook is not there.
 * @throws RetryableError `lost_race`.
 */
export const updateWebhook = async (
  { webhooks }: Pick<UpdateWebhookDeps, 'webhooks'>,
  ref: WebhookRef,
  change: (webhook: Webhook) => Webhook | undefined,
): Promise<Webhook | undefined> => {
  let current = await webhooks.find(ref);
  for (let race = 0; race < MAX_RACES; race += 1) {
    const next = current && change(current);
    if (next === undefined) return current;
    const answer = await webhooks.put(next);
    if (answer.kind === 'written') return next;
    current = answer.current;
  }
  throw new RetryableError('lost_race');
};

/**
 * Another writer means that another turn began or this one is done: the next delivery of the message decides anew.
 * @throws RetryableError `lost_race`.
 */
export const putDelivery = async (
  { deliveries }: { readonly deliveries: Pick<DeliveryStore, 'put'> },
  next: WebhookDelivery,
): Promise<void> => {
  const answer = await deliveries.put(next);
  if (answer.kind === 'lost') throw new RetryableError('lost_race');
};

/** The sweep will see that something waits for this webhook. Call it after that is durable. */
export const ensureSwept = async (deps: UpdateWebhookDeps, ref: WebhookRef): Promise<void> => {
  await updateWebhook(deps, ref, (webhook) => withWaiting(webhook, deps.clock.now()));
};
