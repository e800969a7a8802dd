/** What a tenant is shown of its webhooks and of what was sent to them. */
import type { ShownDelivery, ShownWebhook } from '../contracts/webhooks.ts';
import { type CallFailureCode, type DeliveryEndCode, sentenceOf } from '../domain/errors.ts';
import type { Disabled, Webhook } from '../domain/webhook.ts';
import type { WebhookDelivery } from '../domain/webhook-delivery.ts';

const instant = (ms: number): string => new Date(ms).toISOString();

const failure = (code: CallFailureCode | DeliveryEndCode) => ({ code, message: sentenceOf(code) });

const WHY: Readonly<Record<Disabled['reason'], string>> = {
  by_tenant: 'You turned it off.',
  gone: 'It answered 410 Gone, so nothing is sent any more. Turn it on again once it is back.',
  failing: 'For three days no request to it succeeded. Turn it on again once it is mended.',
};

/** Everything but the secrets, which nobody is shown a second time. */
export const shownWebhookOf = (webhook: Webhook, now: number): ShownWebhook => {
  const { id, url, events, createdAt, previousSecret, disabled, failing } = webhook;
  return {
    id,
    url,
    events: [...events],
    enabled: disabled === undefined,
    createdAt: instant(createdAt),
    ...(previousSecret !== undefined && now < previousSecret.until
      ? { oldSecretUntil: instant(previousSecret.until) }
      : {}),
    ...(disabled && {
      disabled: { ...disabled, at: instant(disabled.at), message: WHY[disabled.reason] },
    }),
    ...(failing && { failing: { since: instant(failing.since), last: failure(failing.last) } }),
  };
};

export const shownDeliveryOf = (delivery: WebhookDelivery): ShownDelivery => {
  const { id, event, state, createdAt, endedAt, dueAt, reason, attempts, payload } = delivery;
  return {
    id,
    event,
    state,
    createdAt: instant(createdAt),
    ...(endedAt === undefined ? {} : { endedAt: instant(endedAt) }),
    ...(dueAt === undefined ? {} : { dueAt: instant(dueAt) }),
    ...(reason && { error: failure(reason) }),
    attempts: attempts.map(({ at, durationMs, status, failure: code }) => ({
      at: instant(at),
      durationMs,
      ...(status === undefined ? {} : { status }),
      ...(code && { error: failure(code) }),
    })),
    payload,
  };
};
