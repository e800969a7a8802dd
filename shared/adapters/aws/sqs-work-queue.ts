/** The queues in SQS. Sends of about one moment share batches: a batch of ten costs one request. */
import { ChangeMessageVisibilityCommand, type SQSClient } from '@aws-sdk/client-sqs';
import type { Clock } from '../../ports/clock.ts';
import type { Random } from '../../ports/random.ts';
import type { QueueName, WorkQueue } from '../../ports/work-queue.ts';
import { createSystemClock } from '../system-clock.ts';
import { createSystemRandom } from '../system-random.ts';
import { nameOf, unavailable } from './sdk-errors.ts';
import { createBatchSender, type Outgoing } from './sqs-batch-sender.ts';

export interface SqsWorkQueueOptions {
  readonly client: SQSClient;
  /** A function knows only the queues it may send to. */
  readonly queueUrls: Partial<Readonly<Record<QueueName, string>>>;
  readonly clock?: Clock;
  readonly random?: Random;
}

/** The longest visibility timeout of SQS, twelve hours. */
const MAX_HIDDEN_SECONDS = 43_200;

/** The records of a batch are worked side by side and come to their sends within a few milliseconds of each other. */
const GATHER_MS = 4;

/** The message is visible again or deleted: nothing is left to hide. */
const NOTHING_TO_HIDE: ReadonlySet<string> = new Set([
  'InvalidParameterValue',
  'InvalidParameterValueException',
  'MessageNotInflight',
  'ReceiptHandleIsInvalid',
]);

export const createSqsWorkQueue = ({
  client,
  queueUrls,
  clock = createSystemClock(),
  random = createSystemRandom(),
}: SqsWorkQueueOptions): WorkQueue => {
  const sendBatches = createBatchSender({ client, clock, random });
  const waiting = new Map<QueueName, Outgoing[]>();

  const urlOf = (queue: QueueName): string => {
    const url = queueUrls[queue];
    if (url === undefined) throw new Error(`This function was given no address of ${queue}.`);
    return url;
  };

  const flush = (queue: QueueName): void => {
    const outgoing = waiting.get(queue) ?? [];
    waiting.delete(queue);
    sendBatches(urlOf(queue), outgoing);
  };

  /** Joins whatever else is sent to this queue in the same moment. */
  const enqueue = (
    queue: QueueName,
    message: { readonly body: string; readonly group: string | undefined },
  ): Promise<void> =>
    new Promise((sent, failed) => {
      const outgoing = waiting.get(queue);
      if (outgoing === undefined) {
        waiting.set(queue, [{ ...message, sent, failed }]);
        setTimeout(flush, GATHER_MS, queue);
      } else {
        outgoing.push({ ...message, sent, failed });
      }
    });

  return {
    async send(queue, messages, group) {
      urlOf(queue);
      const bodies = messages.map((message) => JSON.stringify(message));
      const answers = await Promise.allSettled(
        bodies.map((body) => enqueue(queue, { body, group })),
      );
      // Only after all are settled: a caller that retries must not race its own first attempt.
      const failed = answers.find((answer) => answer.status === 'rejected');
      if (failed !== undefined) throw failed.reason;
    },
    async hide(queue, receiptHandle, seconds) {
      const command = new ChangeMessageVisibilityCommand({
        QueueUrl: urlOf(queue),
        ReceiptHandle: receiptHandle,
        VisibilityTimeout: Math.min(Math.max(0, Math.round(seconds)), MAX_HIDDEN_SECONDS),
      });
      try {
        await client.send(command);
      } catch (error) {
        if (!NOTHING_TO_HIDE.has(nameOf(error))) throw unavailable('queue_unavailable', error);
      }
    },
  };
};
