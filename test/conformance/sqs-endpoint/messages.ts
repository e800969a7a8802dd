/** Chapter: messages and what they carry. */
import {
  DeleteMessageCommand,
  PurgeQueueCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import { type SuiteQueues, waitUntil } from './endpoint.ts';

export const describeMessages = (suite: SuiteQueues): void => {
  const { createQueue, attributesOf, send, receive } = suite;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = suite.client();
  });

  it('come out as they went in, with digests, attributes and counters', async () => {
    const { url } = await createQueue();
    const sent = await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'Grüße, 世界 🌍\n\t"quoted"',
        MessageGroupId: 'tenant-1',
        MessageAttributes: {
          Title: { DataType: 'String', StringValue: 'The Whistler' },
          Author: { DataType: 'String', StringValue: 'John Grisham' },
          WeeksOn: { DataType: 'Number', StringValue: '6' },
        },
      }),
    );

    const [message] = await receive(url);

    expect(message?.MessageId).toBe(sent.MessageId);
    expect(message?.Body).toBe('Grüße, 世界 🌍\n\t"quoted"');
    // The digest AWS itself gave for these three attributes.
    expect(sent.MD5OfMessageAttributes).toBe('d25a6aea97eb8f585bfa92d314504a92');
    expect(message?.MD5OfMessageAttributes).toBe('d25a6aea97eb8f585bfa92d314504a92');
    expect(message?.MessageAttributes?.WeeksOn).toMatchObject({
      DataType: 'Number',
      StringValue: '6',
    });
    expect(message?.Attributes).toMatchObject({
      ApproximateReceiveCount: '1',
      MessageGroupId: 'tenant-1',
      SenderId: expect.any(String),
      SentTimestamp: expect.stringMatching(/^\d{13}$/),
      ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
    });
  });

  it('carry binary attributes', async () => {
    const { url } = await createQueue();
    const BinaryValue = new Uint8Array([0, 255, 128, 10]);
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'x',
        MessageAttributes: { Raw: { DataType: 'Binary', BinaryValue } },
      }),
    );

    const [message] = await receive(url);

    expect([...message!.MessageAttributes!.Raw!.BinaryValue!]).toEqual([0, 255, 128, 10]);
  });

  it('show only the attributes that were asked for', async () => {
    const { url } = await createQueue();
    await sqs.send(
      new SendMessageCommand({
        QueueUrl: url,
        MessageBody: 'x',
        MessageAttributes: {
          'trace.id': { DataType: 'String', StringValue: '1' },
          other: { DataType: 'String', StringValue: '2' },
        },
      }),
    );

    const [message] = await receive(url, {
      MessageSystemAttributeNames: ['SentTimestamp'],
      MessageAttributeNames: ['trace.*'],
    });

    expect(Object.keys(message?.Attributes ?? {})).toEqual(['SentTimestamp']);
    expect(Object.keys(message?.MessageAttributes ?? {})).toEqual(['trace.id']);
  });

  it('are gone once deleted', async () => {
    const { url } = await createQueue({ VisibilityTimeout: '1' });
    await send(url, 'x');
    const [message] = await receive(url);

    await sqs.send(
      new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message!.ReceiptHandle }),
    );

    expect(await receive(url, { WaitTimeSeconds: 2 })).toEqual([]);
    expect(await attributesOf(url)).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '0',
    });
  });

  it('stay hidden for their delay', async () => {
    const { url } = await createQueue();
    await sqs.send(
      new SendMessageCommand({ QueueUrl: url, MessageBody: 'later', DelaySeconds: 1 }),
    );

    expect(await receive(url, { WaitTimeSeconds: 0 })).toEqual([]);
    expect(await attributesOf(url)).toMatchObject({ ApproximateNumberOfMessagesDelayed: '1' });
    expect((await receive(url))[0]?.Body).toBe('later');
  });

  it('are all gone after a purge', async () => {
    const { url } = await createQueue();
    await send(url, 'one');
    await send(url, 'two');

    await sqs.send(new PurgeQueueCommand({ QueueUrl: url }));

    await waitUntil(async () => (await receive(url, { WaitTimeSeconds: 0 })).length === 0);
  });

  it('with characters outside XML, or without a body, are refused', async () => {
    const { url } = await createQueue();

    await expect(send(url, 'bell \u0007')).rejects.toMatchObject({
      name: 'InvalidMessageContents',
    });
    await expect(send(url, '')).rejects.toMatchObject({
      name: expect.stringMatching(/^Missing(Required)?Parameter/),
    });
  });
};
