/** The deployed functions over the laptop's S3, SQS, DynamoDB and Redis, each behind a counter; batches are cut by hand. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import {
  DeleteMessageBatchCommand,
  type Message,
  ReceiveMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs';
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { Redis } from 'ioredis';
import { startEmulators } from '../../local/emulators.ts';
import { localCredentials, localRegion } from '../../local/environment.ts';
import { localAccount } from '../../local/intrinsics.ts';
import { provision } from '../../local/provision.ts';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';
import { QUEUES } from '../../shared/ports/work-queue.ts';
import { createTable } from '../../test/support/adapter-endpoints.ts';
import { openRedis } from '../../test/support/redis.ts';
import { countCommands } from '../coordination/redis-cost.ts';
import { startCountingProxy } from './counting-proxy.ts';
import { createUnitCounter } from './unit-counter.ts';

const UPLOADS = 'uploads';
const RESULTS = 'results';
const context: InvocationContext = {
  awsRequestId: 'bench',
  getRemainingTimeInMillis: () => 300_000,
};

type Handler = (
  event: SQSEvent,
  context: InvocationContext,
) => Promise<SQSBatchResponse | undefined>;

export interface CallCounts {
  readonly files: number;
  readonly lambda: number;
  /** S3's own sending of its event, the mappings' receiving and deleting, our sending. */
  readonly sqs: number;
  readonly s3Gets: number;
  readonly s3Puts: number;
  readonly dynamodb: number;
  readonly writeUnits: number;
  readonly readUnits: number;
  readonly redis: number;
  readonly durationMs: number;
}

export interface CallWorld {
  /** Puts the files, and works them in batches of at most `batch` until every queue is empty. */
  count(files: readonly Uint8Array[], batch: number): Promise<CallCounts>;
  close(): Promise<void>;
}

const arnOf = (queue: string): string => `arn:aws:sqs:${localRegion}:${localAccount}:${queue}`;

const eventOf = (queue: string, messages: readonly Message[]): SQSEvent => ({
  Records: messages.map(({ MessageId = '', ReceiptHandle = '', Body = '', Attributes = {} }) => ({
    messageId: MessageId,
    receiptHandle: ReceiptHandle,
    body: Body,
    attributes: Attributes as unknown as SQSEvent['Records'][number]['attributes'],
    messageAttributes: {},
    md5OfBody: '',
    eventSource: 'aws:sqs',
    eventSourceARN: arnOf(queue),
    awsRegion: localRegion,
  })),
});

const sum = (counts: ReadonlyMap<string, number>, actions?: RegExp): number =>
  [...counts].reduce((total, [action, n]) => total + (actions?.test(action) === false ? 0 : n), 0);

/** The functions read their environment when they are imported. */
const loadHandlers = async (environment: Readonly<Record<string, string>>) => {
  Object.assign(process.env, environment);
  const [ingest, light, heavy, finalize] = await Promise.all([
    import('../../functions/ingest.ts'),
    import('../../functions/work-light.ts'),
    import('../../functions/work-heavy.ts'),
    import('../../functions/finalize.ts'),
  ]);
  return [
    ['upload-events', ingest.handler],
    ['light', light.handler],
    ['heavy', heavy.handler],
    ['finalize', finalize.handler],
  ] as const satisfies readonly (readonly [string, Handler])[];
};

export const openCallWorld = async (): Promise<CallWorld> => {
  const stateDir = await mkdtemp(join(tmpdir(), 'sluice-bench-'));
  const emulators = await startEmulators({
    ports: { s3: 0, sqs: 0, dynamodb: 0 },
    stateDir,
    keep: false,
  });
  const { endpoints } = emulators;
  const redis = await openRedis({ own: true });
  await provision(
    {
      queues: QUEUES.map((name) => ({ name, attributes: { VisibilityTimeout: '60' } })),
      buckets: [
        {
          name: UPLOADS,
          versioned: true,
          cors: [],
          notifications: [
            {
              queueArn: arnOf('upload-events'),
              events: ['s3:ObjectCreated:*'],
              prefix: 'incoming/',
            },
          ],
        },
        { name: RESULTS, versioned: false, cors: [], notifications: [] },
      ],
      tables: [],
      mappings: [],
      schedules: [],
      urls: [],
      environments: {},
    },
    endpoints,
  );
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: endpoints.dynamodb,
    AWS_REGION: localRegion,
    AWS_ACCESS_KEY_ID: localCredentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: localCredentials.secretAccessKey,
  });
  const table = await createTable();
  const counter = await createUnitCounter(endpoints.dynamodb);
  const [s3, sqs, dynamodb] = await Promise.all([
    startCountingProxy(endpoints.s3),
    startCountingProxy(endpoints.sqs),
    startCountingProxy(endpoints.dynamodb, counter),
  ]);
  const queueUrl = (queue: string) => `${sqs.url}/${localAccount}/${queue}`;
  const sent = countCommands(Redis);
  const handlers = await loadHandlers({
    STAGE: 'bench',
    LOG_LEVEL: 'error',
    TABLE_NAME: table.tableName,
    UPLOADS_BUCKET: UPLOADS,
    RESULTS_BUCKET: RESULTS,
    REDIS_URL: redis.url,
    MAX_RECEIVE_COUNT: '5',
    AWS_ENDPOINT_URL_S3: s3.url,
    AWS_ENDPOINT_URL_SQS: sqs.url,
    AWS_ENDPOINT_URL_DYNAMODB: dynamodb.url,
    ...Object.fromEntries(
      QUEUES.map((name) => [`${name.toUpperCase().replace('-', '_')}_QUEUE_URL`, queueUrl(name)]),
    ),
  });

  const shared = { region: localRegion, credentials: localCredentials };
  const ownSqs = new SQSClient({ ...shared, endpoint: endpoints.sqs });
  const ownS3 = new S3Client({ ...shared, endpoint: endpoints.s3, forcePathStyle: true });
  let put = 0;
  let invocations = 0;

  const workOne = async (queue: string, handler: Handler, batch: number): Promise<boolean> => {
    const QueueUrl = `${endpoints.sqs}/${localAccount}/${queue}`;
    const { Messages = [] } = await ownSqs.send(
      new ReceiveMessageCommand({
        QueueUrl,
        MaxNumberOfMessages: batch,
        MessageSystemAttributeNames: ['All'],
      }),
    );
    if (Messages.length === 0) return false;
    invocations += 1;
    const answer = await handler(eventOf(queue, Messages), context);
    const failed = answer?.batchItemFailures ?? [];
    if (failed.length > 0) throw new Error(`${queue}: ${failed.length} messages failed.`);
    const Entries = Messages.map(({ ReceiptHandle = '' }, index) => ({
      Id: `${index}`,
      ReceiptHandle,
    }));
    await ownSqs.send(new DeleteMessageBatchCommand({ QueueUrl, Entries }));
    return true;
  };

  const look = () => ({
    lambda: invocations,
    s3Gets: sum(s3.wire.requests, /^(GET|HEAD)$/),
    s3Puts: sum(s3.wire.requests, /^(PUT|POST)$/),
    sqsSent: sum(sqs.wire.requests),
    dynamodb: sum(dynamodb.wire.requests),
    writeUnits: counter.units.written,
    readUnits: counter.units.read,
    redis: sent(),
  });

  return {
    async count(files, batch) {
      const before = look();
      for (const Body of files) {
        put += 1;
        await ownS3.send(
          new PutObjectCommand({ Bucket: UPLOADS, Key: `incoming/acme/file-${put}`, Body }),
        );
      }
      const startedAt = performance.now();
      // Each queue is emptied before the next, so that every batch is as full as it can be.
      for (let busy = true; busy; ) {
        busy = false;
        for (const [queue, handler] of handlers) {
          while (await workOne(queue, handler, batch)) busy = true;
        }
      }
      const durationMs = performance.now() - startedAt;
      const after = look();
      const of = (key: keyof typeof after) => after[key] - before[key];
      const lambda = of('lambda');
      return {
        files: files.length,
        lambda,
        // One receive and one delete for each batch; S3's event is one request, and so are the notifications' sends.
        sqs: files.length + 2 * lambda + of('sqsSent'),
        s3Gets: of('s3Gets'),
        s3Puts: of('s3Puts'),
        dynamodb: of('dynamodb'),
        writeUnits: of('writeUnits'),
        readUnits: of('readUnits'),
        redis: of('redis'),
        durationMs,
      };
    },
    async close() {
      for (const client of [ownSqs, ownS3]) client.destroy();
      counter.close();
      await Promise.all([s3.close(), sqs.close(), dynamodb.close()]);
      await emulators.close();
      await redis.close();
      await rm(stateDir, { recursive: true, force: true });
    },
  };
};
