/** The queues from outside: how full they are, what they told, and messages sent a second time. */
import {
  DeleteMessageCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import { localCredentials, localRegion } from '../../local/environment.ts';
import { localAccount } from '../../local/intrinsics.ts';
import type { Journal } from './journal.ts';
import type { ChaosStack } from './stack.ts';

const COUNTS = [
  'ApproximateNumberOfMessages',
  'ApproximateNumberOfMessagesNotVisible',
  'ApproximateNumberOfMessagesDelayed',
] as const;

export const createBroker = (stack: Pick<ChaosStack, 'endpoints' | 'model'>, journal: Journal) => {
  const sqs = new SQSClient({
    endpoint: stack.endpoints.sqs,
    region: localRegion,
    credentials: localCredentials,
  });
  const urlOf = (name: string) => `${stack.endpoints.sqs}/${localAccount}/${name}`;
  const names = stack.model.queues.map(({ name }) => name);
  const notifications = urlOf(names.find((name) => name.endsWith('-notifications')) ?? '');

  return {
    /** Messages by queue, hidden ones too; queues without any are left out. */
    async counts(): Promise<ReadonlyMap<string, number>> {
      const counted = await Promise.all(
        names.map(async (name): Promise<[string, number]> => {
          const { Attributes = {} } = await sqs.send(
            new GetQueueAttributesCommand({ QueueUrl: urlOf(name), AttributeNames: [...COUNTS] }),
          );
          return [name, COUNTS.reduce((sum, count) => sum + Number(Attributes[count] ?? 0), 0)];
        }),
      );
      return new Map(counted.filter(([, count]) => count > 0));
    },
    send: (queueArn: string, body: string) =>
      sqs.send(
        new SendMessageCommand({
          QueueUrl: urlOf(queueArn.split(':').at(-1) ?? ''),
          MessageBody: body,
        }),
      ),
    /** Takes every notification there is. */
    async takeNotifications(): Promise<void> {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: notifications, MaxNumberOfMessages: 10 }),
      );
      for (const { Body = '', ReceiptHandle } of Messages) {
        journal.notified(Body);
        await sqs.send(new DeleteMessageCommand({ QueueUrl: notifications, ReceiptHandle }));
      }
      if (Messages.length > 0) await this.takeNotifications();
    },
    close: () => sqs.destroy(),
  };
};

export type Broker = ReturnType<typeof createBroker>;
