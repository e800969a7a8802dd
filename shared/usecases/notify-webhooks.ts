/**
 * An upload or a group has ended: makes one delivery for each webhook of its tenant that wants to know, and sends a message for each.
 * The id of a delivery follows from the event, so a notification that comes twice makes none twice.
 */
import type { AnyNotification, WebhookMessage } from '../contracts/messages.ts';
import type { WebhookPayload } from '../contracts/webhooks.ts';
import type { Webhook } from '../domain/webhook.ts';
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

export type NotifyWebhooks = (notification: AnyNotification, meta: RecordMeta) => Promise<void>;

/** Sorts by the time of the event, and has no full stop in it. */
const deliveryIdOf = (notification: AnyNotification): string => {
  const at = notification.endedAt.replaceAll(/[^0-9TZ]/g, '');
  return notification.kind === 'upload.ended'
    ? `msg_${at}_${notification.uploadId}_${notification.generation}`
    : `msg_${at}_${notification.groupId}`;
};

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

/** Says which upload or group, and nothing of what is in it: who wants to know asks. */
const payloadOf = (notification: AnyNotification): WebhookPayload => {
  const { owner: user, endedAt, endedAt: timestamp } = notification;
  if (notification.kind === 'group.ended') {
    const { groupId: id, count, states } = notification;
    const data = { id, count, states, user, endedAt, href: `/upload-groups/${id}` };
    return { type: 'group.ended', timestamp, data };
  }
  const { uploadId: id, state, generation, parentId } = notification;
  const parent = parentId === undefined ? {} : { parent: parentId };
  const data = { id, state, generation, ...parent, user, endedAt, href: `/uploads/${id}` };
  return { type: `upload.${state}`, timestamp, data };
};

/** One message and one group for each webhook: a slow one holds up no other. */
export const createNotifyWebhooks =
  ({ webhooks, deliveries, queue, clock }: NotifyWebhooksDeps): NotifyWebhooks =>
  async (notification, { logger }) => {
    const { tenant, id: ended } = notification;
    const id = deliveryIdOf(notification);
    const payload = payloadOf(notification);
    const event = payload.type;

    const make = async (webhookId: string): Promise<WebhookDelivery | undefined> => {
      const body = JSON.stringify(payload);
      const made = newDelivery({ webhookId, id, tenant, event, payload: body }, clock.now());
      const answer = await deliveries.put(made);
      return answer.kind === 'written' ? made : answer.current;
    };

    const tell = async (webhook: Webhook): Promise<boolean> => {
      const { id: webhookId, disabled, events } = webhook;
      const isWanted = disabled === undefined && events.includes(event);
      // Whoever made it before may have died before it sent the message, and its tenant has thought better of it since.
      const standing = await (isWanted ? make(webhookId) : deliveries.find({ webhookId, id }));
      // A second message for one turn does no harm.
      if (standing === undefined || isUnderWay(standing)) return false;
      await queue.send('webhooks', [webhookMessageFor(standing)], webhookId);
      return true;
    };

    const told = await Promise.all((await webhooks.list(tenant)).map(tell));
    const count = told.filter(Boolean).length;
    if (count > 0) logger.info({ ended, webhooks: count }, 'webhooks told');
  };
