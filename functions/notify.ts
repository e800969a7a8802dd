/** An upload or a group has ended: sends one message for each webhook of its tenant that wants to know. */
import { createNotifyContainer } from '../shared/container-webhooks.ts';
import { anyNotification } from '../shared/contracts/messages.ts';
import { NonRetryableError } from '../shared/domain/errors.ts';
import { type BatchDeps, createBatchHandler, parseMessage } from '../shared/lambda/sqs-batch.ts';
import {
  createNotifyWebhooks,
  type NotifyWebhooksDeps,
} from '../shared/usecases/notify-webhooks.ts';

export const createHandler = (deps: BatchDeps & NotifyWebhooksDeps) => {
  const notifyWebhooks = createNotifyWebhooks(deps);
  const invalid = () => new NonRetryableError('invalid_message');
  return createBatchHandler(deps, {
    from: 'notifications',
    handle: async ({ body }, meta) =>
      notifyWebhooks(parseMessage(body, anyNotification, invalid), meta),
  });
};

export const handler = createHandler(createNotifyContainer());
