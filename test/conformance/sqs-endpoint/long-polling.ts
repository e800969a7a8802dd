/** Chapter: receives that wait. */
import { DeleteMessageCommand, ReceiveMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, expect, it } from 'vitest';
import type { SuiteQueues } from './endpoint.ts';

export const describeLongPolling = (suite: SuiteQueues): void => {
  const { createQueue, send, receive } = suite;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = suite.client();
  });

  it('wakes for a message long before its wait is over', async () => {
    const { url } = await createQueue();
    const started = Date.now();
    const polled = receive(url, { WaitTimeSeconds: 20 });
    await new Promise((resolve) => setTimeout(resolve, 100));

    await send(url, 'wake');

    expect((await polled)[0]?.Body).toBe('wake');
    expect(Date.now() - started).toBeLessThan(10_000);
  });

  it('hands nothing to a poller that hung up', async () => {
    const { url } = await createQueue();
    for (let round = 0; round < 5; round += 1) {
      const hangUp = new AbortController();
      const polled = sqs.send(new ReceiveMessageCommand({ QueueUrl: url, WaitTimeSeconds: 20 }), {
        abortSignal: hangUp.signal,
      });
      await new Promise((resolve) => setTimeout(resolve, 50));
      hangUp.abort();
      await expect(polled).rejects.toMatchObject({ name: 'AbortError' });

      await send(url, `round ${round}`);
      const [message] = await receive(url, { WaitTimeSeconds: 5 });

      expect(message?.Body).toBe(`round ${round}`);
      expect(message?.Attributes?.ApproximateReceiveCount).toBe('1');
      await sqs.send(
        new DeleteMessageCommand({ QueueUrl: url, ReceiptHandle: message!.ReceiptHandle }),
      );
    }
  });

  it('gives one message to one of two pollers', async () => {
    const { url } = await createQueue();
    const polls = [receive(url, { WaitTimeSeconds: 2 }), receive(url, { WaitTimeSeconds: 2 })];

    await send(url, 'only');

    expect((await Promise.all(polls)).flat().map(({ Body }) => Body)).toEqual(['only']);
  });
};
