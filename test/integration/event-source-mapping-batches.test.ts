/** What an event source mapping gathers for one invocation, and how many it starts at once. */
import type { SQSClient } from '@aws-sdk/client-sqs';
import { beforeAll, describe, expect, it } from 'vitest';
import { startEventSourceMappings } from '../../local/lambda/event-source-mapping.ts';
import { mappedQueues, payload, until } from '../support/mapped-queues.ts';

describe('an event source mapping', () => {
  const queues = mappedQueues();
  const { createQueue, send, sendTogether, countsOf, map } = queues;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = queues.client();
  });

  it('waits for its window to fill a batch', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    const { events, reports } = await map({ queueUrl, maximumBatchingWindowSeconds: 1 });

    await send(queueUrl, 'one');
    await send(queueUrl, 'two');
    await until(() => reports.length === 1);

    expect(events[0]?.Records.map(({ body }) => body)).toEqual(['one', 'two']);
  });

  it('ends its window early when the batch is full', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    const { events, reports } = await map({
      queueUrl,
      batchSize: 12,
      maximumBatchingWindowSeconds: 30,
    });

    await sendTogether(queueUrl, ...Array.from({ length: 6 }, (_, index) => `a${index}`));
    await sendTogether(queueUrl, ...Array.from({ length: 6 }, (_, index) => `b${index}`));
    await until(() => reports.length === 1);

    expect(events[0]?.Records).toHaveLength(12);
  });

  it('splits a batch that would not fit one invocation', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    const body = 'x'.repeat(1_000_000);
    for (let count = 0; count < 8; count += 1) await send(queueUrl, body);
    const { events } = await map({ queueUrl });

    await until(async () => (await countsOf(queueUrl)) === '0 visible, 0 in flight');

    const sizes = events.map((event) => Buffer.byteLength(JSON.stringify(event)));
    expect(Math.max(...sizes)).toBeLessThanOrEqual(6 * 1024 * 1024);
    expect(events.flatMap(({ Records }) => Records)).toHaveLength(8);
  });

  it('keeps to its own concurrency and to the global one', async () => {
    const mostAtOnce = async (limits: {
      maximumConcurrency?: number;
      globalConcurrency: number;
    }) => {
      const queueUrl = await createQueue({ VisibilityTimeout: '60' });
      for (let count = 0; count < 12; count += 1) await send(queueUrl, `${count}`);
      let now = 0;
      let most = 0;
      const { reports } = await map({
        queueUrl,
        batchSize: 1,
        ...limits,
        answer: async () => {
          now += 1;
          most = Math.max(most, now);
          await new Promise((resolve) => setTimeout(resolve, 20));
          now -= 1;
          return payload({});
        },
      });
      await until(() => reports.length === 12);
      return most;
    };

    expect(await mostAtOnce({ maximumConcurrency: 2, globalConcurrency: 10 })).toBe(2);
    expect(await mostAtOnce({ globalConcurrency: 3 })).toBe(3);
    expect(await mostAtOnce({ maximumConcurrency: 5, globalConcurrency: 1 })).toBe(1);
  });

  it('receives nothing that it cannot start', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    await send(queueUrl, 'one', 'two', 'three');
    let finish = () => {};
    const { events } = await map({
      queueUrl,
      batchSize: 1,
      maximumConcurrency: 2,
      globalConcurrency: 1,
      answer: async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return payload({});
      },
    });
    await until(() => events.length === 1);
    await new Promise((resolve) => setTimeout(resolve, 100));

    expect(await countsOf(queueUrl)).toBe('2 visible, 1 in flight');
    finish();
  });

  it('lets an idle mapping hold back no busy one', async () => {
    const [idle, busy] = [await createQueue(), await createQueue()];
    const done: string[] = [];
    const shape = { batchSize: 1, maximumBatchingWindowSeconds: 0, reportBatchItemFailures: true };
    const mappings = await startEventSourceMappings({
      sqs,
      globalConcurrency: 1,
      report: () => undefined,
      invoke: async (functionName) => {
        done.push(functionName);
        return { payload: '{}' };
      },
      mappings: [
        { ...shape, queueUrl: idle, functionName: 'idle' },
        { ...shape, queueUrl: busy, functionName: 'busy' },
      ],
    });
    queues.stopAfterTest(mappings);

    await send(busy, 'one', 'two', 'three');

    await until(() => done.length === 3);
    expect(done).toEqual(['busy', 'busy', 'busy']);
  });
});
