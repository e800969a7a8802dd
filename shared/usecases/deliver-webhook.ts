/**
 * One request for one delivery. The request comes first and is recorded after it, so whoever dies in between sends it again
 * with the same id; a receiver drops what it knows. What fails is put off in its row, not in the queue: a message is
 * acknowledged as soon as the row says what is to happen.
 */
import type { WebhookMessage } from '../contracts/messages.ts';
import { afterFailure, afterSuccess, isResting, type Webhook } from '../domain/webhook.ts';
import {
  afterAttempt,
  givenUp,
  isOpenTurn,
  isTooOld,
  parked,
  type WebhookDelivery,
} from '../domain/webhook-delivery.ts';
import type { Random } from '../ports/random.ts';
import type { CallAnswer, WebhookCaller } from '../ports/webhook-caller.ts';
import type { WebhookSecrets } from '../ports/webhook-secrets.ts';
import type { DeliveryStore } from '../ports/webhook-store.ts';
import type { RecordMeta } from './record-meta.ts';
import {
  ensureSwept,
  putDelivery,
  type UpdateWebhookDeps,
  updateWebhook,
} from './update-webhook.ts';
import { createSignedHeaders } from './webhook-signature.ts';

export interface DeliverWebhookDeps extends UpdateWebhookDeps {
  readonly deliveries: DeliveryStore;
  readonly caller: WebhookCaller;
  readonly secrets: WebhookSecrets;
  readonly random: Random;
}

export type DeliverWebhook = (message: WebhookMessage, meta: RecordMeta) => Promise<void>;

export const createDeliverWebhook = (deps: DeliverWebhookDeps): DeliverWebhook => {
  const { webhooks, deliveries, caller, clock, random } = deps;
  const signedHeaders = createSignedHeaders(deps);

  const noteHealth = async (webhook: Webhook, { failure }: CallAnswer): Promise<void> => {
    if (failure === undefined && webhook.failing === undefined) return;
    await updateWebhook(deps, webhook, (current) =>
      failure === undefined
        ? afterSuccess(current, clock.now())
        : afterFailure(current, failure, clock.now()),
    );
  };

  const attempt = async (delivery: WebhookDelivery, webhook: Webhook, meta: RecordMeta) => {
    const { id, payload, turn } = delivery;
    const at = clock.now();
    const headers = await signedHeaders(webhook, { id, at, payload });
    const answer = await caller.call({ url: webhook.url, headers, body: payload });
    const { durationMs, status, failure } = answer;
    meta.logger.info({ durationMs, status, failure, turn }, 'webhook called');
    const next = afterAttempt(delivery, { turn, at, ...answer }, random.fraction());
    const recorded = await deliveries.put(next);
    // The same turn was worked twice at once, or replayed meanwhile: what stands is no less true. Who wrote it may have died.
    if (recorded.kind === 'lost') return ensureSwept(deps, webhook);
    await noteHealth(webhook, answer);
    if (next.dueAt !== undefined) await ensureSwept(deps, webhook);
  };

  return async ({ tenant, webhookId, deliveryId, turn }, meta) => {
    const logger = meta.logger.child({ webhookId, deliveryId });
    const delivery = await deliveries.find({ webhookId, id: deliveryId });
    if (delivery?.tenant !== tenant || delivery.state !== 'pending') return;
    const ref = { tenant, id: webhookId };
    // Done already; whoever did it may have died before the sweep could know of the next one.
    if (!isOpenTurn(delivery, turn)) return ensureSwept(deps, ref);
    const now = clock.now();
    const webhook = await webhooks.find(ref);
    if (webhook === undefined) return putDelivery(deps, givenUp(delivery, 'webhook_removed', now));
    if (isTooOld(delivery, now))
      return putDelivery(deps, givenUp(delivery, 'waited_too_long', now));
    if (webhook.disabled !== undefined || (turn === 0 && isResting(webhook, now))) {
      await putDelivery(deps, parked(delivery, now));
      return ensureSwept(deps, ref);
    }
    await attempt(delivery, webhook, { ...meta, logger });
  };
};
