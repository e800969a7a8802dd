/** Our way of a file in which the steps do nothing: the real handlers over queues and a table in memory, and a real Redis. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import * as z from 'zod';
import { createJsonLogger } from '../../shared/adapters/json-logger.ts';
import { createMemoryContentIndex } from '../../shared/adapters/memory/memory-content-index.ts';
import { createMemoryGroupBoard } from '../../shared/adapters/memory/memory-group-board.ts';
import { createMemoryGroupStore } from '../../shared/adapters/memory/memory-group-store.ts';
import { createMemoryTenantBudgets } from '../../shared/adapters/memory/memory-tenant-budgets.ts';
import { createMemoryUploadStore } from '../../shared/adapters/memory/memory-upload-store.ts';
import { idOfMember, idOfObject } from '../../shared/adapters/object-id.ts';
import { createRedisClient } from '../../shared/adapters/redis/client.ts';
import { createRedisStatusBoard } from '../../shared/adapters/redis/redis-status-board.ts';
import { createSystemClock } from '../../shared/adapters/system-clock.ts';
import { createSystemRandom } from '../../shared/adapters/system-random.ts';
import { finalizeMessage } from '../../shared/contracts/messages.ts';
import { createIngestHandler } from '../../shared/lambda/ingest.ts';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';
import { createBatchHandler, parseMessage } from '../../shared/lambda/sqs-batch.ts';
import { createWorkerHandler } from '../../shared/lambda/worker.ts';
import type { ObjectStore } from '../../shared/ports/object-store.ts';
import type { QueueName } from '../../shared/ports/work-queue.ts';
import { defineProcessor } from '../../shared/processors/processor.ts';
import { createDriveForward } from '../../shared/usecases/drive-forward.ts';
import { createFinalizeUpload } from '../../shared/usecases/finalize-upload.ts';
import { createEndInPlace } from '../../shared/usecases/finish-upload.ts';
import { createBenchQueue } from './queues.ts';

const BUCKET = 'uploads';
/** As in serverless.yml. */
const BATCH = 10;

/** Two steps in each lane, which read nothing and answer nothing. */
const processors = (['light', 'light', 'heavy', 'heavy'] as const).map((lane, index) =>
  defineProcessor({
    name: `nothing-${index}`,
    version: 1,
    lane,
    accepts: ['*/*'],
    reads: 'ranges',
    budget: {},
    outcome: z.object({}),
    run: async () => ({}),
  }),
);

const never = (): never => {
  throw new Error('A step that does nothing asked for bytes.');
};

/** Every key holds the same eleven bytes. */
const objects: ObjectStore = {
  peek: async ({ bucket, key }) => ({
    head: Buffer.from('hello world'),
    object: { bucket, key, versionId: 'v1', eTag: 'e1', size: 11, lastModified: 1_767_225_600_000 },
  }),
  putResult: async () => undefined,
  open: never,
  putIncoming: never,
  latest: never,
  verifiedSha256: never,
  copyResult: never,
  readResult: never,
  listIncoming: never,
};

const context: InvocationContext = {
  awsRequestId: 'bench',
  getRemainingTimeInMillis: () => 60_000,
};

const eventFor = (file: string): string =>
  JSON.stringify({
    Records: [
      {
        eventVersion: '2.1',
        eventSource: 'aws:s3',
        awsRegion: 'eu-central-1',
        eventTime: '2026-01-01T00:00:00.500Z',
        eventName: 'ObjectCreated:Put',
        s3: {
          s3SchemaVersion: '1.0',
          bucket: { name: BUCKET, arn: `arn:aws:s3:::${BUCKET}` },
          object: {
            key: `incoming/acme/${file}`,
            size: 11,
            eTag: 'e1',
            versionId: 'v1',
            sequencer: '01',
          },
        },
      },
    ],
  });

type Consumer = readonly [
  QueueName,
  (event: SQSEvent, context: InvocationContext) => Promise<SQSBatchResponse | undefined>,
];

export interface OwnPipeline {
  /** Announces a file; its plan has four steps in two lanes. */
  add(file: string): void;
  /** Hands batches to the functions, `width` invocations at once, until nothing is left; answers how many files ended. */
  drain(width: number, batch?: number): Promise<number>;
  /** Only ingests what was announced: every file is under way, and its steps wait. */
  ingestAll(width: number): Promise<void>;
  close(): void;
}

export const createOwnPipeline = (redisUrl: string): OwnPipeline => {
  const clock = createSystemClock();
  const logger = createJsonLogger({ level: 'error' });
  const client = createRedisClient(redisUrl);
  const board = createRedisStatusBoard({ client, logger, clock, commandMs: 10_000 });
  const store = createMemoryUploadStore();
  const queue = createBenchQueue();
  const ends = { store, queue, board, clock, objects, contents: createMemoryContentIndex() };
  const deps = {
    ...ends,
    logger,
    processors,
    idOfObject,
    idOfMember,
    groups: createMemoryGroupStore(),
    tenantBudgets: createMemoryTenantBudgets(),
    groupBoard: createMemoryGroupBoard(clock),
    random: createSystemRandom(),
    processorNamed: (name: string) => processors.find((known) => known.name === name),
    detectType: async () => ({ type: 'text/plain' }),
    uploadsBucket: BUCKET,
    maxObjectBytes: 1024,
    maxReceiveCount: 5,
    driveForward: createDriveForward(ends),
  };
  const workerDeps = { ...deps, driveForward: createDriveForward(ends, createEndInPlace(ends)) };
  const finalizeUpload = createFinalizeUpload(deps);
  const invalid = () => new Error('A bench sent what it cannot read.');
  const handlers = [
    [
      'finalize',
      createBatchHandler(deps, {
        from: 'finalize',
        handle: ({ body }, meta) =>
          finalizeUpload(parseMessage(body, finalizeMessage, invalid), meta),
      }),
    ],
    ['heavy', createWorkerHandler(workerDeps, 'heavy')],
    ['light', createWorkerHandler(workerDeps, 'light')],
    ['upload-events', createIngestHandler(deps)],
  ] as const satisfies readonly Consumer[];

  const intake = handlers.filter(([name]) => name === 'upload-events');

  /** What is nearest to its end goes first, so that few files are in flight. */
  const invokeNext = async (batch: number, chosen: readonly Consumer[]): Promise<boolean> => {
    for (const [name, handler] of chosen) {
      const event = queue.take(name, batch);
      if (event === undefined) continue;
      const answer: SQSBatchResponse | undefined = await handler(event, context);
      if (answer?.batchItemFailures.length !== 0) throw new Error(`${name} failed in a bench.`);
      return true;
    }
    return false;
  };

  const work = async (width: number, batch: number, chosen: readonly Consumer[]): Promise<void> => {
    let working = 0;
    const lane = async (): Promise<void> => {
      for (;;) {
        working += 1;
        const found = await invokeNext(batch, chosen);
        working -= 1;
        if (found) continue;
        if (working === 0) return;
        await new Promise(setImmediate);
      }
    };
    await Promise.all(Array.from({ length: width }, lane));
  };

  return {
    add: (file) => queue.deliver('upload-events', eventFor(file)),
    ingestAll: (width) => work(width, BATCH, intake),
    async drain(width, batch = BATCH) {
      await work(width, batch, handlers);
      let ended = 0;
      while (queue.take('notifications', 1) !== undefined) ended += 1;
      return ended;
    },
    close: () => client.disconnect(),
  };
};
