/** A message that died on its way to a webhook: its delivery goes on with the sweep, until it is too old. */
import type { WebhookMessage } from '../contracts/messages.ts';
import { RetryableError } from '../domain/errors.ts';
import { isOpenTurn, parked } from '../domain/webhook-delivery.ts';
import type { DeliveryStore } from '../ports/webhook-store.ts';
import { ensureSwept, type UpdateWebhookDeps } from './update-webhook.ts';

export interface DeferWebhookDeps extends UpdateWebhookDeps {
  readonly deliveries: DeliveryStore;
}

export type DeferWebhook = (message: WebhookMessage) => Promise<void>;

export const createDeferWebhook =
  (deps: DeferWebhookDeps): DeferWebhook =>
  async ({ tenant, webhookId, deliveryId, turn }) => {
    const { deliveries, clock } = deps;
    const delivery = await deliveries.find({ webhookId, id: deliveryId });
    // A later turn has a message of its own, or the sweep knows of it.
    if (delivery?.tenant !== tenant || !isOpenTurn(delivery, turn)) return;
    const answer = await deliveries.put(parked(delivery, clock.now()));
    if (answer.kind === 'lost') throw new RetryableError('lost_race');
    await ensureSwept(deps, { tenant, id: webhookId });
  };
