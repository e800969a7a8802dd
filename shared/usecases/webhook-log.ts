/** What was sent to a tenant's webhook and what came of it; and sending one of it once more. */
import type { ShownDelivery } from '../contracts/webhooks.ts';
import { RequestError, RetryableError } from '../domain/errors.ts';
import { replayed } from '../domain/webhook-delivery.ts';
import type { DeliveryStore, WebhookRef } from '../ports/webhook-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import { webhookMessageFor } from './notify-webhooks.ts';
import { shownDeliveryOf } from './shown-webhook.ts';
import { ensureSwept, type UpdateWebhookDeps } from './update-webhook.ts';

export interface WebhookLogDeps extends UpdateWebhookDeps {
  readonly deliveries: DeliveryStore;
  readonly queue: WorkQueue;
}

/** Errors of all methods: RequestError `not_found` for what is not the tenant's. */
export interface WebhookLog {
  /** Newest event first. */
  list(
    ref: WebhookRef,
    page: { readonly limit: number; readonly cursor?: string | undefined },
  ): Promise<{
    readonly deliveries: readonly ShownDelivery[];
    readonly cursor?: string | undefined;
  }>;
  /**
   * Sends it from the start under its old id, whatever became of it.
   * @throws RequestError `conflict` while the webhook is turned off; RetryableError `lost_race`.
   */
  replay(ref: WebhookRef, deliveryId: string): Promise<ShownDelivery>;
}

/** Writers of one row are its sender and the sweep. */
const MAX_RACES = 8;

export const createWebhookLog = (deps: WebhookLogDeps): WebhookLog => {
  const { webhooks, deliveries, queue, clock } = deps;

  const find = async (ref: WebhookRef) => {
    const webhook = await webhooks.find(ref);
    if (webhook === undefined) throw new RequestError('not_found');
    return webhook;
  };

  const beginAgain = async (webhookId: string, id: string) => {
    let current = await deliveries.find({ webhookId, id });
    for (let race = 0; race < MAX_RACES; race += 1) {
      if (current === undefined) throw new RequestError('not_found');
      const next = replayed(current, clock.now());
      const answer = await deliveries.put(next);
      if (answer.kind === 'written') return next;
      current = answer.current;
    }
    throw new RetryableError('lost_race');
  };

  return {
    async list(ref, page) {
      const { id } = await find(ref);
      const { deliveries: found, cursor } = await deliveries.list(id, page);
      return {
        deliveries: found.map(shownDeliveryOf),
        ...(cursor === undefined ? {} : { cursor }),
      };
    },
    async replay(ref, deliveryId) {
      const webhook = await find(ref);
      if (webhook.disabled !== undefined) {
        throw new RequestError('conflict', {
          detail: 'The webhook is turned off: turn it on first.',
        });
      }
      const next = await beginAgain(webhook.id, deliveryId);
      // Should the message get lost from here on, the sweep begins the next turn.
      await ensureSwept(deps, ref);
      await queue.send('webhooks', [webhookMessageFor(next)], webhook.id);
      return shownDeliveryOf(next);
    },
  };
};
