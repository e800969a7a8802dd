/** The queues that the chapters of the SQS suite make, and the small tools they use on them. */
import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  type Message,
  type QueueAttributeName,
  ReceiveMessageCommand,
  type ReceiveMessageCommandInput,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { afterAll, beforeAll } from 'vitest';

/** Makes a client of the endpoint under test; first called inside a hook, so a server may start before. */
export type ClientFactory = (overrides?: { readonly accessKeyId?: string }) => SQSClient;

export const waitUntil = async (holds: () => Promise<boolean>) => {
  for (let tries = 0; tries < 100; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('The condition did not come true in time.');
};

export type SuiteQueues = ReturnType<typeof queuesOf>;

/** Queues that are made by the tests of the suite and deleted after all of them. */
export const queuesOf = (makeClient: ClientFactory) => {
  let sqs: SQSClient;
  const made: string[] = [];

  beforeAll(() => {
    sqs = makeClient();
  });

  afterAll(async () => {
    for (const QueueUrl of made) await sqs.send(new DeleteQueueCommand({ QueueUrl }));
    sqs.destroy();
  });

  const createQueue = async (attributes: Partial<Record<QueueAttributeName, string>> = {}) => {
    const QueueName = `sluice-${randomUUID()}`;
    const created = await sqs.send(new CreateQueueCommand({ QueueName, Attributes: attributes }));
    made.push(created.QueueUrl!);
    return { url: created.QueueUrl!, name: QueueName, arn: await arnOf(created.QueueUrl!) };
  };

  const createPair = async (maxReceiveCount: number) => {
    const dlq = await createQueue();
    const policy = JSON.stringify({ deadLetterTargetArn: dlq.arn, maxReceiveCount });
    const source = await createQueue({ RedrivePolicy: policy });
    return { dlq, source };
  };

  const attributesOf = async (QueueUrl: string) => {
    const command = new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] });
    return (await sqs.send(command)).Attributes ?? {};
  };

  const arnOf = async (url: string) => (await attributesOf(url)).QueueArn!;

  const send = async (QueueUrl: string, MessageBody: string) =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));

  const receive = async (
    QueueUrl: string,
    options: Omit<ReceiveMessageCommandInput, 'QueueUrl'> = {},
  ): Promise<Message[]> => {
    const answer = await sqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        WaitTimeSeconds: 5,
        MessageSystemAttributeNames: ['All'],
        MessageAttributeNames: ['All'],
        ...options,
      }),
    );
    return answer.Messages ?? [];
  };

  /** Polls until `enough` bodies came, each acknowledged. */
  const drain = async (url: string, enough: number): Promise<Message[]> => {
    const found: Message[] = [];
    for (let polls = 0; found.length < enough && polls < 20; polls += 1) {
      const messages = await receive(url, { MaxNumberOfMessages: 10, WaitTimeSeconds: 2 });
      found.push(...messages);
      for (const { ReceiptHandle } of messages) {
        await sqs.send(new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle }));
      }
    }
    return found;
  };

  return {
    makeClient,
    client: () => sqs,
    deleteAtEnd: (url: string) => made.push(url),
    createQueue,
    createPair,
    attributesOf,
    send,
    receive,
    drain,
  };
};
