/** What an event source mapping does with the answers of a function, and with one that gives none. */
import {
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  type SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { beforeAll, describe, expect, it } from 'vitest';
import { InvocationError } from '../../local/lambda/invoke.ts';
import { accessKeyId, idOf, mappedQueues, payload, until } from '../support/mapped-queues.ts';

describe('an event source mapping', () => {
  const queues = mappedQueues();
  const { createQueue, send, sendTogether, countsOf, map } = queues;
  let sqs: SQSClient;
  beforeAll(() => {
    sqs = queues.client();
  });

  it('invokes the function with the record shape of Lambda and deletes what succeeded', async () => {
    const queueUrl = await createQueue();
    const { events } = await map({ queueUrl });

    await sqs.send(
      new SendMessageCommand({
        QueueUrl: queueUrl,
        MessageBody: '{"step":"sha256-digest"}',
        MessageAttributes: {
          Title: { DataType: 'String', StringValue: 'The Whistler' },
          Author: { DataType: 'String', StringValue: 'John Grisham' },
          WeeksOn: { DataType: 'Number', StringValue: '6' },
        },
      }),
    );
    await until(async () => (await countsOf(queueUrl)) === '0 visible, 0 in flight');

    expect(events).toHaveLength(1);
    expect(events[0]?.Records[0]).toEqual({
      messageId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      receiptHandle: expect.any(String),
      body: '{"step":"sha256-digest"}',
      attributes: {
        ApproximateReceiveCount: '1',
        SentTimestamp: expect.stringMatching(/^\d{13}$/),
        SenderId: accessKeyId,
        ApproximateFirstReceiveTimestamp: expect.stringMatching(/^\d{13}$/),
      },
      messageAttributes: {
        Title: attribute('String', 'The Whistler'),
        Author: attribute('String', 'John Grisham'),
        WeeksOn: attribute('Number', '6'),
      },
      md5OfMessageAttributes: 'd25a6aea97eb8f585bfa92d314504a92',
      md5OfBody: expect.stringMatching(/^[0-9a-f]{32}$/),
      eventSource: 'aws:sqs',
      eventSourceARN: expect.stringMatching(/^arn:aws:sqs:us-east-1:000000000000:mapped-/),
      awsRegion: 'us-east-1',
    });
  });

  const attribute = (dataType: string, stringValue: string) => ({
    stringValue,
    stringListValues: [],
    binaryListValues: [],
    dataType,
  });

  it('brings back only the reported messages, after their visibility timeout', async () => {
    const queueUrl = await createQueue();
    await sendTogether(queueUrl, 'good', 'bad', 'fine');
    const { events, reports } = await map({
      queueUrl,
      answer: (event) => {
        const itemIdentifier = events.length === 1 ? idOf(event, 'bad') : undefined;
        return payload({ batchItemFailures: itemIdentifier ? [{ itemIdentifier }] : [] });
      },
    });

    await until(() => reports.length === 2);

    const bodies = events.map(({ Records }) => Records.map(({ body }) => body).sort());
    expect(bodies).toEqual([['bad', 'fine', 'good'], ['bad']]);
    expect(events[1]?.Records[0]?.attributes.ApproximateReceiveCount).toBe('2');
    expect(reports.map(({ outcome, failed }) => [outcome, failed])).toEqual([
      ['partly-failed', 1],
      ['succeeded', 0],
    ]);
    expect(await countsOf(queueUrl)).toBe('0 visible, 0 in flight');
  });

  it('brings back the whole batch when the function fails', async () => {
    const queueUrl = await createQueue();
    await sendTogether(queueUrl, 'one', 'two');
    const { events, reports } = await map({
      queueUrl,
      answer: () =>
        events.length === 1 ? { functionError: '[504] - Lambda timeout.' } : payload({}),
    });

    await until(() => reports.some(({ outcome }) => outcome === 'succeeded'));

    expect(reports[0]).toMatchObject({
      outcome: 'failed',
      messages: 2,
      reason: '[504] - Lambda timeout.',
    });
    expect(events[1]?.Records.map(({ body }) => body).sort()).toEqual(['one', 'two']);
  });

  it('lets a poison message end in the dead-letter queue and its neighbour not', async () => {
    const dlqUrl = await createQueue();
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({ QueueUrl: dlqUrl, AttributeNames: ['QueueArn'] }),
    );
    const policy = { deadLetterTargetArn: Attributes?.QueueArn, maxReceiveCount: 2 };
    const queueUrl = await createQueue({
      VisibilityTimeout: '1',
      RedrivePolicy: JSON.stringify(policy),
    });
    await sendTogether(queueUrl, 'poison', 'good');
    const { events } = await map({
      queueUrl,
      answer: (event) => {
        const itemIdentifier = idOf(event, 'poison');
        return payload({ batchItemFailures: itemIdentifier ? [{ itemIdentifier }] : [] });
      },
    });

    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: dlqUrl, WaitTimeSeconds: 10 }),
    );

    expect(Messages?.map(({ Body }) => Body)).toEqual(['poison']);
    expect(events.map(({ Records }) => Records.length)).toEqual([2, 1]);
    expect(await countsOf(queueUrl)).toBe('0 visible, 0 in flight');
  });

  it('tries a function that cannot be reached again without spending a receive', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    let calls = 0;
    const counts: (string | undefined)[] = [];
    const { reports } = await map({
      queueUrl,
      invoke: async (_name, event) => {
        calls += 1;
        if (calls < 3) throw new InvocationError('UNREACHABLE', 'Nothing answers.');
        counts.push((event as SQSEvent).Records[0]?.attributes.ApproximateReceiveCount);
        return { payload: '{}' };
      },
    });

    await send(queueUrl, 'x');
    await until(() => reports.length === 1);

    expect(reports[0]?.outcome).toBe('succeeded');
    expect(counts).toEqual(['1']);
  });

  it('reports a function that does not exist and leaves the message to its queue', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    const { reports } = await map({
      queueUrl,
      invoke: async () => {
        throw new InvocationError('FUNCTION_NOT_FOUND', 'The Lambda API has no function worker.');
      },
    });

    await send(queueUrl, 'x');
    await until(() => reports.length === 1);

    expect(reports[0]).toMatchObject({
      outcome: 'not-invoked',
      reason: 'The Lambda API has no function worker.',
    });
    expect(await countsOf(queueUrl)).toBe('0 visible, 1 in flight');
  });

  it('judges an invocation that ends within the grace of a stop', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    const { events, mappings } = await map({
      queueUrl,
      answer: async () => {
        await new Promise((resolve) => setTimeout(resolve, 200));
        return payload({});
      },
    });
    await send(queueUrl, 'x');
    await until(() => events.length === 1);

    await mappings.stop({ graceMs: 10_000 });

    expect(await countsOf(queueUrl)).toBe('0 visible, 0 in flight');
  });

  it('abandons an invocation that outlasts the grace, and its message comes back', async () => {
    const queueUrl = await createQueue();
    let finish = () => {};
    const { events, reports, mappings } = await map({
      queueUrl,
      answer: async () => {
        await new Promise<void>((resolve) => {
          finish = resolve;
        });
        return payload({});
      },
    });
    await send(queueUrl, 'x');
    await until(() => events.length === 1);

    await mappings.stop({ graceMs: 20 });
    finish();
    const { Messages } = await sqs.send(
      new ReceiveMessageCommand({ QueueUrl: queueUrl, WaitTimeSeconds: 5 }),
    );

    expect(Messages?.map(({ Body }) => Body)).toEqual(['x']);
    expect(reports).toEqual([]);
  });

  it('returns at once what it had gathered and not yet invoked when it is stopped', async () => {
    const queueUrl = await createQueue({ VisibilityTimeout: '60' });
    const { events, mappings } = await map({ queueUrl, maximumBatchingWindowSeconds: 30 });
    await send(queueUrl, 'x');
    await until(async () => (await countsOf(queueUrl)) === '0 visible, 1 in flight');

    await mappings.stop({ graceMs: 10_000 });

    expect(events).toEqual([]);
    expect(await countsOf(queueUrl)).toBe('1 visible, 0 in flight');
  });

  it('refuses a mapping that Lambda would refuse', async () => {
    const queueUrl = await createQueue();

    await expect(map({ queueUrl, batchSize: 11 })).rejects.toThrow(/maximumBatchingWindow/);
    await expect(map({ queueUrl, batchSize: 0 })).rejects.toThrow(/batchSize/);
    await expect(map({ queueUrl, maximumConcurrency: 1 })).rejects.toThrow(/maximumConcurrency/);
    await expect(map({ queueUrl: `${queueUrl}-not` })).rejects.toThrow(/does not exist/);
  });
});
