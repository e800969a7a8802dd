/** A message that died on its way to a webhook: its delivery goes on with the sweep, until it is too old. */
import type { WebhookMessage } from '../contracts/messages.ts';
import { isOpenTurn, parked } from '../domain/webhook-delivery.ts';
import type { DeliveryStore } from '../ports/webhook-store.ts';
import { ensureSwept, putDelivery, type UpdateWebhookDeps } from './update-webhook.ts';

export interface DeferWebhookDeps extends UpdateWebhookDeps {
  readonly deliveries: DeliveryStore;
}

export type DeferWebhook = (message: WebhookMessage) => Promise<void>;

export const createDeferWebhook =
  (deps: DeferWebhookDeps): DeferWebhook =>
  async ({ tenant, webhookId, deliveryId, turn }) => {
    const { deliveries, clock } = deps;
    const delivery = await deliveries.find({ webhookId, id: deliveryId });
    if (delivery?.tenant !== tenant || delivery.state !== 'pending') return;
    if (isOpenTurn(delivery, turn)) await putDelivery(deps, parked(delivery, clock.now()));
    // Also of a turn that is done: whoever did it may have died each time before the sweep could know of the next one.
    await ensureSwept(deps, { tenant, id: webhookId });
  };
