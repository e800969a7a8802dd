/**
 * An upload has ended: makes one delivery for each webhook of its tenant that wants to know, and sends a message for each.
 * The id of a delivery follows from the event, so a notification that comes twice makes none twice.
 */
import type { Notification, WebhookMessage } from '../contracts/messages.ts';
import type { WebhookPayload } from '../contracts/webhooks.ts';
import type { WebhookEvent } from '../domain/webhook.ts';
import { isUnderWay, newDelivery, type WebhookDelivery } from '../domain/webhook-delivery.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeliveryStore, WebhookStore } from '../ports/webhook-store.ts';
import type { WorkQueue } from '../ports/work-queue.ts';
import type { RecordMeta } from './record-meta.ts';

export interface NotifyWebhooksDeps {
  readonly webhooks: WebhookStore;
  readonly deliveries: DeliveryStore;
  readonly queue: WorkQueue;
  readonly clock: Clock;
}

export type NotifyWebhooks = (notification: Notification, meta: RecordMeta) => Promise<void>;

/** Sorts by the time of the event, and has no full stop in it. */
const deliveryIdOf = ({ endedAt, uploadId, generation }: Notification): string =>
  `msg_${endedAt.replaceAll(/[^0-9TZ]/g, '')}_${uploadId}_${generation}`;

export const webhookMessageFor = ({
  tenant,
  webhookId,
  id,
  turn,
}: WebhookDelivery): WebhookMessage => ({
  v: 1,
  kind: 'webhook',
  tenant,
  webhookId,
  deliveryId: id,
  turn,
});

const eventOf = ({ state }: Notification): WebhookEvent => `upload.${state}`;

/** Says which upload, and nothing of what is in it: who wants to know asks. */
const payloadOf = (notification: Notification): string => {
  const { uploadId: id, state, generation, owner: user, endedAt } = notification;
  const payload: WebhookPayload = {
    type: eventOf(notification),
    timestamp: endedAt,
    data: { id, state, generation, user, endedAt, href: `/uploads/${id}` },
  };
  return JSON.stringify(payload);
};

/** One message and one group for each webhook: a slow one holds up no other. */
export const createNotifyWebhooks =
  ({ webhooks, deliveries, queue, clock }: NotifyWebhooksDeps): NotifyWebhooks =>
  async (notification, { logger }) => {
    const { tenant, uploadId } = notification;
    const event = eventOf(notification);
    const wanting = (await webhooks.list(tenant)).filter(
      ({ disabled, events }) => disabled === undefined && events.includes(event),
    );
    await Promise.all(
      wanting.map(async ({ id: webhookId }) => {
        const id = deliveryIdOf(notification);
        const payload = payloadOf(notification);
        const made = newDelivery({ webhookId, id, tenant, event, payload }, clock.now());
        const answer = await deliveries.put(made);
        const standing = answer.kind === 'written' ? made : answer.current;
        // Whoever made it before may have died before it sent the message; a second message for one turn does no harm.
        if (standing === undefined || isUnderWay(standing)) return;
        await queue.send('webhooks', [webhookMessageFor(standing)], webhookId);
      }),
    );
    if (wanting.length > 0) logger.info({ uploadId, webhooks: wanting.length }, 'webhooks told');
  };
