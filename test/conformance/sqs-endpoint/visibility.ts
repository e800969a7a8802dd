/** Chapter: how long a message stays hidden. */
import {
  ChangeMessageVisibilityCommand,
  DeleteMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import type { SuiteQueues } from './endpoint.ts';

export const describeVisibility = (suite: SuiteQueues): void => {
  const { createQueue, attributesOf, send, receive } = suite;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = suite.client();
  });

  it('brings a message back after its timeout, counted, under a new handle', async () => {
    const { url } = await createQueue({ VisibilityTimeout: '1' });
    await send(url, 'x');

    const [first] = await receive(url);
    const whileHidden = await receive(url, { WaitTimeSeconds: 0 });
    const [second] = await receive(url);

    expect(whileHidden).toEqual([]);
    expect(second?.MessageId).toBe(first?.MessageId);
    expect(second?.ReceiptHandle).not.toBe(first?.ReceiptHandle);
    expect(second?.Attributes?.ApproximateReceiveCount).toBe('2');
    expect(second?.Attributes?.ApproximateFirstReceiveTimestamp).toBe(
      first?.Attributes?.ApproximateFirstReceiveTimestamp,
    );
  });

  it('accepts a delete by an outdated handle without a promise that it deletes', async () => {
    const { url } = await createQueue({ VisibilityTimeout: '1' });
    await send(url, 'x');
    const [first] = await receive(url);
    const [second] = await receive(url, { VisibilityTimeout: 30 });

    const byOldHandle = { QueueUrl: url, ReceiptHandle: first!.ReceiptHandle };
    const byNewHandle = { QueueUrl: url, ReceiptHandle: second!.ReceiptHandle };
    await sqs.send(new DeleteMessageCommand(byOldHandle));
    await sqs.send(new DeleteMessageCommand(byNewHandle));
    await sqs.send(new DeleteMessageCommand(byNewHandle));

    expect(await attributesOf(url)).toMatchObject({
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('can be prolonged and cut to nothing', async () => {
    const { url } = await createQueue({ VisibilityTimeout: '1' });
    await send(url, 'x');
    const [message] = await receive(url);
    const change = (VisibilityTimeout: number) =>
      sqs.send(
        new ChangeMessageVisibilityCommand({
          QueueUrl: url,
          ReceiptHandle: message!.ReceiptHandle,
          VisibilityTimeout,
        }),
      );

    await change(30);
    const afterOldTimeout = await receive(url, { WaitTimeSeconds: 2 });
    await change(0);
    const [again] = await receive(url);

    expect(afterOldTimeout).toEqual([]);
    expect(again?.Attributes?.ApproximateReceiveCount).toBe('2');
  });

  it('of a deleted message cannot be changed', async () => {
    const { url } = await createQueue();
    await send(url, 'x');
    const [message] = await receive(url);
    const target = { QueueUrl: url, ReceiptHandle: message!.ReceiptHandle };
    await sqs.send(new DeleteMessageCommand(target));

    const change = new ChangeMessageVisibilityCommand({ ...target, VisibilityTimeout: 5 });

    await expect(sqs.send(change)).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameterValue/),
    });
  });

  it('refuses a handle that is none', async () => {
    const { url } = await createQueue();
    const garbage = new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: 'garbage' });

    await expect(sqs.send(garbage)).rejects.toMatchObject({ name: 'ReceiptHandleIsInvalid' });
  });
};
