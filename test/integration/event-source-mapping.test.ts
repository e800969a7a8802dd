/** The SQS event source mapping over the local SQS, with functions played by the test. */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { InvocationResult } from '../../local/lambda/batch-verdict.ts';
import {
  type EventSourceMapping,
  type MappingReport,
  type RunningMappings,
  startEventSourceMappings,
} from '../../local/lambda/event-source-mapping.ts';
import { createInvoke, InvocationError, type Invoke } from '../../local/lambda/invoke.ts';
import { type LocalSqs, startSqs } from '../../local/sqs/start-sqs.ts';

const accessKeyId = 'AKIALOCAL00000000000';
let local: LocalSqs;
let sqs: SQSClient;
const running: RunningMappings[] = [];

beforeAll(async () => {
  local = await startSqs({ port: 0, accessKeyId });
  sqs = new SQSClient({
    endpoint: local.url,
    region: 'us-east-1',
    credentials: { accessKeyId, secretAccessKey: 'local-secret' },
  });
});

afterEach(async () => {
  for (const mapping of running.splice(0)) await mapping.stop({ graceMs: 0 });
});

afterAll(async () => {
  sqs.destroy();
  await local.close();
});

const createQueue = async (Attributes: Record<string, string> = { VisibilityTimeout: '1' }) => {
  const QueueName = `mapped-${randomUUID()}`;
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName, Attributes }));
  return QueueUrl!;
};

const send = async (QueueUrl: string, ...bodies: string[]) => {
  for (const MessageBody of bodies)
    await sqs.send(new SendMessageCommand({ QueueUrl, MessageBody }));
};

/** In one request, so that one receive can bring them all. */
const sendTogether = (QueueUrl: string, ...bodies: string[]) =>
  sqs.send(
    new SendMessageBatchCommand({
      QueueUrl,
      Entries: bodies.map((MessageBody, index) => ({ Id: `${index}`, MessageBody })),
    }),
  );

const countsOf = async (QueueUrl: string) => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl, AttributeNames: ['All'] }),
  );
  const { ApproximateNumberOfMessages, ApproximateNumberOfMessagesNotVisible } = Attributes;
  return `${ApproximateNumberOfMessages} visible, ${ApproximateNumberOfMessagesNotVisible} in flight`;
};

const until = async (holds: () => boolean | Promise<boolean>) => {
  for (let tries = 0; tries < 1000; tries += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('The condition did not come true in time.');
};

type Setup = {
  readonly queueUrl: string;
  readonly answer?: (event: SQSEvent) => InvocationResult | Promise<InvocationResult>;
  readonly invoke?: Invoke;
  readonly globalConcurrency?: number;
} & Partial<Omit<EventSourceMapping, 'functionName'>>;

/** Starts one mapping whose function answers with `answer`. */
const map = async ({ queueUrl, answer, invoke, globalConcurrency = 10, ...mapping }: Setup) => {
  const events: SQSEvent[] = [];
  const reports: MappingReport[] = [];
  const mappings = await startEventSourceMappings({
    sqs,
    globalConcurrency,
    report: (report) => reports.push(report),
    invoke:
      invoke ??
      (async (_functionName, event) => {
        events.push(event as SQSEvent);
        return (await answer?.(event as SQSEvent)) ?? { payload: 'null' };
      }),
    mappings: [
      {
        queueUrl,
        functionName: 'worker',
        batchSize: 10,
        maximumBatchingWindowSeconds: 0,
        reportBatchItemFailures: true,
        ...mapping,
      },
    ],
  });
  running.push(mappings);
  return { events, reports, mappings };
};

const payload = (value: unknown): InvocationResult => ({ payload: JSON.stringify(value) });

const idOf = (event: SQSEvent, body: string) =>
  event.Records.find((record) => record.body === body)?.messageId;

describe('an event source mapping', () => {
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
    running.push(mappings);

    await send(busy, 'one', 'two', 'three');

    await until(() => done.length === 3);
    expect(done).toEqual(['busy', 'busy', 'busy']);
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

describe('invoking through the Lambda API', () => {
  type Reply = { status: number; body: string; headers?: Record<string, string> };

  const withApi = async (reply: Reply | 'hang up', act: (invoke: Invoke) => Promise<void>) => {
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
      if (reply === 'hang up') request.socket.destroy();
      else response.writeHead(reply.status, reply.headers).end(reply.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await act(createInvoke(`http://127.0.0.1:${port}`));
    server.close();
    server.closeAllConnections();
    return seen;
  };

  it('gives the answer of the function as text', async () => {
    const seen = await withApi(
      { status: 200, body: '{"batchItemFailures":[]}' },
      async (invoke) => {
        expect(await invoke('sluice-dev-ingest', { Records: [] })).toEqual({
          payload: '{"batchItemFailures":[]}',
        });
      },
    );

    expect(seen).toEqual([
      'POST /2015-03-31/functions/sluice-dev-ingest/invocations {"Records":[]}',
    ]);
  });

  it('tells an error of the function by its header', async () => {
    const reply = {
      status: 200,
      body: '{"errorMessage":"boom","errorType":"Error"}',
      headers: { 'X-Amz-Function-Error': 'Unhandled' },
    };

    await withApi(reply, async (invoke) => {
      expect(await invoke('worker', {})).toEqual({ functionError: 'boom' });
    });
  });

  it('takes a broken connection for an error of the function, which may have run', async () => {
    await withApi('hang up', async (invoke) => {
      expect(await invoke('worker', {})).toMatchObject({
        functionError: expect.stringMatching(/broke/),
      });
    });
  });

  it('tells an unknown function and a closed port apart', async () => {
    const reply = { status: 404, body: '{"Message":"Function not found: worker","Type":"User"}' };
    let afterwards: Invoke | undefined;

    await withApi(reply, async (invoke) => {
      afterwards = invoke;
      await expect(invoke('worker', {})).rejects.toMatchObject({ code: 'FUNCTION_NOT_FOUND' });
    });

    await expect(afterwards?.('worker', {})).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
