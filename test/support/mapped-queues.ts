/** The SQS event source mapping over the local SQS, with functions played by the test. */
import { randomUUID } from 'node:crypto';
import {
  CreateQueueCommand,
  GetQueueAttributesCommand,
  SendMessageBatchCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { InvocationResult } from '../../local/lambda/batch-verdict.ts';
import {
  type EventSourceMapping,
  type MappingReport,
  type RunningMappings,
  startEventSourceMappings,
} from '../../local/lambda/event-source-mapping.ts';
import type { Invoke } from '../../local/lambda/invoke.ts';
import { type LocalSqs, startSqs } from '../../local/sqs/start-sqs.ts';

export const accessKeyId = 'AKIALOCAL00000000000';

export const until = async (holds: () => boolean | Promise<boolean>) => {
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

export const payload = (value: unknown): InvocationResult => ({ payload: JSON.stringify(value) });

export const idOf = (event: SQSEvent, body: string) =>
  event.Records.find((record) => record.body === body)?.messageId;

/** Queues, and the mappings that read them, that are there while the tests of a file run. */
export const mappedQueues = () => {
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

  return {
    client: () => sqs,
    stopAfterTest: (mappings: RunningMappings) => running.push(mappings),
    createQueue,
    send,
    sendTogether,
    countsOf,
    map,
  };
};
