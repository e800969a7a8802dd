/** Sends one signed request to one webhook, and writes down what came of it. The only function that calls strangers. */
import { createSendWebhookContainer } from '../shared/container-webhooks.ts';
import { webhookMessage } from '../shared/contracts/messages.ts';
import { NonRetryableError } from '../shared/domain/errors.ts';
import { type BatchDeps, createBatchHandler, parseMessage } from '../shared/lambda/sqs-batch.ts';
import {
  createDeliverWebhook,
  type DeliverWebhookDeps,
} from '../shared/usecases/deliver-webhook.ts';

export const createHandler = (deps: BatchDeps & DeliverWebhookDeps) => {
  const deliverWebhook = createDeliverWebhook(deps);
  const invalid = () => new NonRetryableError('invalid_message');
  return createBatchHandler(deps, {
    from: 'webhooks',
    handle: async ({ body }, meta) =>
      deliverWebhook(parseMessage(body, webhookMessage, invalid), meta),
  });
};

export const handler = createHandler(createSendWebhookContainer());
