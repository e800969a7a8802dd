/** Chapter: queues and their attributes. */
import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  GetQueueUrlCommand,
  ListQueuesCommand,
  ListQueueTagsCommand,
  ReceiveMessageCommand,
  SetQueueAttributesCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import type { SuiteQueues } from './endpoint.ts';

export const describeQueues = (suite: SuiteQueues): void => {
  const { createQueue, attributesOf, send, makeClient } = suite;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = suite.client();
  });

  it('are found by name, listed by prefix and described', async () => {
    const queue = await createQueue({ VisibilityTimeout: '45' });

    const found = await sqs.send(new GetQueueUrlCommand({ QueueName: queue.name }));
    const listed = await sqs.send(new ListQueuesCommand({ QueueNamePrefix: queue.name }));
    const attributes = await attributesOf(queue.url);

    expect(found.QueueUrl).toBe(queue.url);
    expect(listed.QueueUrls).toEqual([queue.url]);
    expect(queue.arn).toMatch(new RegExp(`^arn:aws:sqs:[a-z0-9-]+:\\d+:${queue.name}$`));
    expect(attributes).toMatchObject({
      VisibilityTimeout: '45',
      MessageRetentionPeriod: '345600',
      DelaySeconds: '0',
      ReceiveMessageWaitTimeSeconds: '0',
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
      ApproximateNumberOfMessagesDelayed: '0',
    });
  });

  it('are created once by equal calls and refused by different ones', async () => {
    const queue = await createQueue({ VisibilityTimeout: '45' });
    const again = (VisibilityTimeout: string) =>
      sqs.send(
        new CreateQueueCommand({ QueueName: queue.name, Attributes: { VisibilityTimeout } }),
      );

    expect((await again('45')).QueueUrl).toBe(queue.url);
    await expect(again('46')).rejects.toMatchObject({ name: 'QueueNameExists' });
  });

  it('carry tags', async () => {
    const QueueName = `sluice-${randomUUID()}`;
    const tags = { stage: 'test' };
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, tags }));
    suite.deleteAtEnd(QueueUrl!);

    const answer = await sqs.send(new ListQueueTagsCommand({ QueueUrl }));

    expect(answer.Tags).toEqual(tags);
  });

  it('change their attributes and refuse impossible ones', async () => {
    const { url } = await createQueue();
    const set = (Attributes: Record<string, string>) =>
      sqs.send(new SetQueueAttributesCommand({ QueueUrl: url, Attributes }));

    await set({ VisibilityTimeout: '7' });

    expect(await attributesOf(url)).toMatchObject({ VisibilityTimeout: '7' });
    await expect(set({ VisibilityTimeout: '43201' })).rejects.toMatchObject({
      name: 'InvalidAttributeValue',
    });
    await expect(set({ Colour: 'red' })).rejects.toMatchObject({
      name: 'InvalidAttributeName',
    });
  });

  it('that do not exist are named as such', async () => {
    const { url } = await createQueue();
    const get = new GetQueueUrlCommand({ QueueName: `sluice-${randomUUID()}` });

    await expect(sqs.send(get)).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
    await expect(send(`${url}-not`, 'x')).rejects.toMatchObject({ name: 'QueueDoesNotExist' });
  });

  it('refuse an unknown access key with 403', async () => {
    const { url } = await createQueue();
    const stranger = makeClient({ accessKeyId: 'AKIAUNKNOWNUNKNOWN00' });

    const refusal = stranger.send(new ReceiveMessageCommand({ QueueUrl: url }));

    await expect(refusal).rejects.toMatchObject({
      name: 'InvalidClientTokenId',
      $metadata: { httpStatusCode: 403 },
    });
    stranger.destroy();
  });
};
