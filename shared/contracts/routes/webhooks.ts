/** Routes of webhooks. */
import {
  changeWebhookBody,
  createWebhookBody,
  deliveriesAnswer,
  deliveryAnswer,
  deliveryPath,
  listDeliveriesQuery,
  rotateSecretBody,
  secretAnswer,
  webhookAnswer,
  webhookPath,
  webhooksAnswer,
} from '../webhooks.ts';
import type { Route } from './route.ts';
import {
  SAMPLE_DELIVERY,
  SAMPLE_DELIVERY_ID,
  SAMPLE_SECRET,
  SAMPLE_WEBHOOK,
  SAMPLE_WEBHOOK_ID,
} from './samples.ts';

const path = { webhookId: SAMPLE_WEBHOOK_ID };
const { url, events } = SAMPLE_WEBHOOK;

export const webhookRoutes = {
  'POST /webhooks': {
    tag: 'webhooks',
    operationId: 'createWebhook',
    summary: 'Make a webhook',
    description:
      'From now on each upload of the tenant that ends, and each group, is told by one signed POST (Standard Webhooks), which is tried again for three days until it is answered with 2xx. Ten per tenant at most.',
    caller: 'tenant',
    body: createWebhookBody,
    example: { body: { url, events } },
    answers: {
      201: {
        description: 'The webhook and its secret, which is shown this once.',
        headers: ['location'],
        body: secretAnswer,
        example: { webhook: SAMPLE_WEBHOOK, secret: SAMPLE_SECRET },
      },
    },
    refusals: ['invalid_request', 'conflict'],
  },
  'GET /webhooks': {
    tag: 'webhooks',
    operationId: 'listWebhooks',
    summary: "The tenant's webhooks",
    caller: 'tenant',
    example: {},
    answers: {
      200: {
        description: 'Oldest first.',
        body: webhooksAnswer,
        example: { webhooks: [SAMPLE_WEBHOOK] },
      },
    },
    refusals: [],
  },
  'GET /webhooks/{webhookId}': {
    tag: 'webhooks',
    operationId: 'getWebhook',
    summary: 'How a webhook is',
    caller: 'tenant',
    path: webhookPath,
    example: { path },
    answers: {
      200: {
        description: 'Whether it is turned on, and since when it does not answer.',
        body: webhookAnswer,
        example: { webhook: SAMPLE_WEBHOOK },
      },
    },
    refusals: ['not_found'],
  },
  'PATCH /webhooks/{webhookId}': {
    tag: 'webhooks',
    operationId: 'changeWebhook',
    summary: 'Change what a webhook is told, or turn it on or off',
    description:
      'Turned on again, what had begun to wait for it within the last four days is sent. Another address is another webhook.',
    caller: 'tenant',
    path: webhookPath,
    body: changeWebhookBody,
    example: { path, body: { enabled: true } },
    answers: {
      200: {
        description: 'How it is now.',
        body: webhookAnswer,
        example: { webhook: SAMPLE_WEBHOOK },
      },
    },
    refusals: ['invalid_request', 'not_found'],
  },
  'DELETE /webhooks/{webhookId}': {
    tag: 'webhooks',
    operationId: 'removeWebhook',
    summary: 'Remove a webhook',
    caller: 'tenant',
    path: webhookPath,
    example: { path },
    answers: { 204: { description: 'Nothing is sent to it any more.' } },
    refusals: ['not_found'],
  },
  'POST /webhooks/{webhookId}/secret': {
    tag: 'webhooks',
    operationId: 'rotateSecret',
    summary: 'Give a webhook another secret',
    caller: 'tenant',
    path: webhookPath,
    body: rotateSecretBody,
    isBodyOptional: true,
    example: { path, body: { keepOldSeconds: 86_400 } },
    answers: {
      200: {
        description: 'The new secret, which is shown this once.',
        body: secretAnswer,
        example: {
          webhook: { ...SAMPLE_WEBHOOK, oldSecretUntil: '2026-01-02T08:00:00.000Z' },
          secret: SAMPLE_SECRET,
        },
      },
    },
    refusals: ['invalid_request', 'not_found'],
  },
  'GET /webhooks/{webhookId}/deliveries': {
    tag: 'webhooks',
    operationId: 'listDeliveries',
    summary: 'What was sent to a webhook',
    description: 'In the last 14 days, newest event first.',
    caller: 'tenant',
    path: webhookPath,
    query: listDeliveriesQuery,
    example: { path, query: { limit: '10' } },
    answers: {
      200: {
        description: 'Each event with its requests and what they were answered.',
        body: deliveriesAnswer,
        example: { deliveries: [SAMPLE_DELIVERY] },
      },
    },
    refusals: ['invalid_request', 'not_found'],
  },
  'POST /webhooks/{webhookId}/deliveries/{deliveryId}/replay': {
    tag: 'webhooks',
    operationId: 'replayDelivery',
    summary: 'Send an event to a webhook once more',
    description: 'From the start and under its old id, whatever became of it.',
    caller: 'tenant',
    path: deliveryPath,
    example: { path: { ...path, deliveryId: SAMPLE_DELIVERY_ID } },
    answers: {
      202: {
        description: 'It is on its way.',
        body: deliveryAnswer,
        example: { delivery: SAMPLE_DELIVERY },
      },
    },
    refusals: ['not_found', 'conflict'],
  },
} as const satisfies Readonly<Record<string, Route>>;

export type WebhookRoute = keyof typeof webhookRoutes;
