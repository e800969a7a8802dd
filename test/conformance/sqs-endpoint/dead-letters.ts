/** Chapter: dead-letter queues and the way back. */
import {
  CancelMessageMoveTaskCommand,
  ListDeadLetterSourceQueuesCommand,
  ListMessageMoveTasksCommand,
  SetQueueAttributesCommand,
  type SQSClient,
  StartMessageMoveTaskCommand,
} from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import { type SuiteQueues, waitUntil } from './endpoint.ts';

export const describeDeadLetters = (suite: SuiteQueues): void => {
  const { createQueue, createPair, attributesOf, send, receive, drain } = suite;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = suite.client();
  });

  const exhaust = async (url: string, times: number) => {
    for (let count = 0; count < times; count += 1) {
      expect(await receive(url, { VisibilityTimeout: 0 })).toHaveLength(1);
    }
    expect(await receive(url, { WaitTimeSeconds: 1 })).toEqual([]);
  };

  it('move after the last receive, with the same id and the name of their source', async () => {
    const { source, dlq } = await createPair(2);
    const sent = await send(source.url, 'poison');

    await exhaust(source.url, 2);
    const [dead] = await receive(dlq.url);

    expect(dead?.MessageId).toBe(sent.MessageId);
    expect(dead?.Body).toBe('poison');
    expect(dead?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: source.arn,
      ApproximateReceiveCount: '3',
    });
  });

  it('are received as often as their own queue says before they go on to its dead-letter queue', async () => {
    const { source: middle, dlq: last } = await createPair(2);
    const source = await createQueue({
      RedrivePolicy: JSON.stringify({ deadLetterTargetArn: middle.arn, maxReceiveCount: 2 }),
    });
    await send(source.url, 'poison');

    await exhaust(source.url, 2);
    await exhaust(middle.url, 2);
    const [dead] = await receive(last.url);

    expect(dead?.Attributes).toMatchObject({
      DeadLetterQueueSourceArn: middle.arn,
      ApproximateReceiveCount: '5',
    });
  });

  it('name the queues that feed them', async () => {
    const { source, dlq } = await createPair(2);
    const list = new ListDeadLetterSourceQueuesCommand({ QueueUrl: dlq.url });

    expect((await sqs.send(list)).queueUrls).toEqual([source.url]);
  });

  it('cannot go to a queue that is not there', async () => {
    const { url, arn } = await createQueue();
    const RedrivePolicy = JSON.stringify({
      deadLetterTargetArn: `${arn}-not`,
      maxReceiveCount: 5,
    });
    const set = new SetQueueAttributesCommand({ QueueUrl: url, Attributes: { RedrivePolicy } });

    const create = createQueue({ RedrivePolicy });

    const refusal = { name: expect.stringMatching(/^InvalidParameterValue/) };
    await expect(create).rejects.toMatchObject(refusal);
    await expect(sqs.send(set)).rejects.toMatchObject(refusal);
  });

  it('are redriven to their source as new messages', async () => {
    const { source, dlq } = await createPair(1);
    const sent = await send(source.url, 'again');
    await exhaust(source.url, 1);

    await sqs.send(new StartMessageMoveTaskCommand({ SourceArn: dlq.arn }));
    const [redriven] = await drain(source.url, 1);

    expect(redriven?.Body).toBe('again');
    expect(redriven?.MessageId).not.toBe(sent.MessageId);
    expect(redriven?.Attributes?.ApproximateReceiveCount).toBe('1');
    const list = new ListMessageMoveTasksCommand({ SourceArn: dlq.arn });
    await waitUntil(async () => (await sqs.send(list)).Results?.[0]?.Status === 'COMPLETED');
    expect((await sqs.send(list)).Results?.[0]).toMatchObject({
      ApproximateNumberOfMessagesMoved: 1,
      SourceArn: dlq.arn,
    });
    // Only a running task shows the handle that cancels it.
    expect((await sqs.send(list)).Results?.[0]?.TaskHandle).toBeUndefined();
  });

  it('are moved slowly and stopped when told so', async () => {
    const { source, dlq } = await createPair(1);
    for (let count = 0; count < 5; count += 1) await send(dlq.url, `m${count}`);
    const start = new StartMessageMoveTaskCommand({
      SourceArn: dlq.arn,
      DestinationArn: source.arn,
      MaxNumberOfMessagesPerSecond: 1,
    });

    const { TaskHandle } = await sqs.send(start);
    await expect(sqs.send(start)).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameterValue/),
    });
    const running = await sqs.send(new ListMessageMoveTasksCommand({ SourceArn: dlq.arn }));
    await sqs.send(new CancelMessageMoveTaskCommand({ TaskHandle }));

    expect(running.Results?.[0]).toMatchObject({ Status: 'RUNNING', TaskHandle });
    const left = Number((await attributesOf(dlq.url)).ApproximateNumberOfMessages);
    expect(left).toBeGreaterThan(0);
  });

  it('are only moved from a queue that is a dead-letter queue', async () => {
    const { arn } = await createQueue();
    const start = new StartMessageMoveTaskCommand({ SourceArn: arn });

    await expect(sqs.send(start)).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameterValue/),
    });
  });
};
