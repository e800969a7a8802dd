/** Chapter: many messages in one request. */
import {
  ChangeMessageVisibilityBatchCommand,
  DeleteMessageBatchCommand,
  type Message,
  SendMessageBatchCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import type { SuiteQueues } from './endpoint.ts';

export const describeBatches = (suite: SuiteQueues): void => {
  const { createQueue, send, receive } = suite;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = suite.client();
  });

  const entries = (count: number, body = 'x') =>
    Array.from({ length: count }, (_, index) => ({ Id: `e${index}`, MessageBody: body }));
  const sendBatch = (QueueUrl: string, Entries: { Id: string; MessageBody: string }[]) =>
    sqs.send(new SendMessageBatchCommand({ QueueUrl, Entries }));

  it('send, receive, hide and delete ten at a time', async () => {
    const { url } = await createQueue();

    const sent = await sendBatch(url, entries(10));
    const received: Message[] = [];
    while (received.length < 10)
      received.push(...(await receive(url, { MaxNumberOfMessages: 10 })));
    const handles = received.map(({ ReceiptHandle }, index) => ({
      Id: `e${index}`,
      ReceiptHandle: ReceiptHandle!,
    }));
    const hidden = await sqs.send(
      new ChangeMessageVisibilityBatchCommand({
        QueueUrl: url,
        Entries: handles.map((handle) => ({ ...handle, VisibilityTimeout: 60 })),
      }),
    );
    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({ QueueUrl: url, Entries: handles }),
    );

    expect(sent.Successful).toHaveLength(10);
    expect(hidden.Successful).toHaveLength(10);
    expect(deleted.Successful).toHaveLength(10);
    expect(deleted.Failed ?? []).toEqual([]);
  });

  it('fail entry by entry', async () => {
    const { url } = await createQueue();
    await send(url, 'x');
    const [message] = await receive(url);

    const deleted = await sqs.send(
      new DeleteMessageBatchCommand({
        QueueUrl: url,
        Entries: [
          { Id: 'good', ReceiptHandle: message!.ReceiptHandle },
          { Id: 'bad', ReceiptHandle: 'garbage' },
        ],
      }),
    );

    expect(deleted.Successful).toEqual([{ Id: 'good' }]);
    expect(deleted.Failed).toMatchObject([
      { Id: 'bad', SenderFault: true, Code: 'ReceiptHandleIsInvalid' },
    ]);
  });

  it('are refused whole when empty, too long, too large, or with bad ids', async () => {
    const { url } = await createQueue();
    const refused = (list: { Id: string; MessageBody: string }[]) =>
      sendBatch(url, list).then(
        () => 'accepted',
        (error: Error) => error.name,
      );

    expect(await refused([])).toBe('EmptyBatchRequest');
    expect(await refused(entries(11))).toBe('TooManyEntriesInBatchRequest');
    expect(await refused(entries(5, 'x'.repeat(220_000)))).toBe('BatchRequestTooLong');
    expect(await refused([...entries(1), ...entries(1)])).toBe('BatchEntryIdsNotDistinct');
    expect(await refused([{ Id: 'a b', MessageBody: 'x' }])).toBe('InvalidBatchEntryId');
  });

  it('take a message of 1 MiB and refuse one byte more', async () => {
    const { url } = await createQueue();
    const mebibyte = 1024 * 1024;

    await send(url, 'x'.repeat(mebibyte));
    const [message] = await receive(url);

    expect(message?.Body).toHaveLength(mebibyte);
    await expect(send(url, 'x'.repeat(mebibyte + 1))).rejects.toMatchObject({
      name: expect.stringMatching(/^InvalidParameterValue/),
    });
  });
};
