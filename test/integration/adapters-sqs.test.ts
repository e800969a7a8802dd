/** Queues in SQS keep the promises of their port. */
import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  DeleteMessageCommand,
  DeleteQueueCommand,
  ReceiveMessageCommand,
} from '@aws-sdk/client-sqs';
import { createSqsClient } from '../../shared/adapters/aws/clients.ts';
import { createSqsWorkQueue } from '../../shared/adapters/aws/sqs-work-queue.ts';
import { QUEUES, type QueueName } from '../../shared/ports/work-queue.ts';
import { describeWorkQueue } from '../conformance/work-queue.ts';
import { openSqs } from '../support/adapter-endpoints.ts';

describeWorkQueue('SQS', async () => {
  const endpoint = await openSqs();
  const client = createSqsClient();
  const queueUrls: Partial<Record<QueueName, string>> = {};
  for (const name of QUEUES) {
    const { QueueUrl } = await client.send(
      new CreateQueueCommand({ QueueName: `adapters-${name}-${randomUUID()}` }),
    );
    queueUrls[name] = QueueUrl as string;
  }
  return {
    queue: createSqsWorkQueue({ client, queueUrls }),
    async receive(name) {
      const { Messages = [] } = await client.send(
        new ReceiveMessageCommand({ QueueUrl: queueUrls[name], MaxNumberOfMessages: 10 }),
      );
      return Messages.map(({ Body = '', ReceiptHandle = '' }) => ({
        body: Body,
        receiptHandle: ReceiptHandle,
      }));
    },
    async remove(name, ReceiptHandle) {
      await client.send(new DeleteMessageCommand({ QueueUrl: queueUrls[name], ReceiptHandle }));
    },
    async close() {
      for (const QueueUrl of Object.values(queueUrls)) {
        await client.send(new DeleteQueueCommand({ QueueUrl }));
      }
      client.destroy();
      await endpoint.close();
    },
  };
});
