/** The only place that builds clients. Each function builds exactly what it uses, once per sandbox, before the first event. */
import { createDynamoClient, createS3Client, createSqsClient } from './adapters/aws/clients.ts';
import { createDynamoCursorStore } from './adapters/aws/dynamo-cursor-store.ts';
import { createDynamoDeadLetterStore } from './adapters/aws/dynamo-dead-letter-store.ts';
import { createDynamoUploadStore } from './adapters/aws/dynamo-upload-store.ts';
import { createS3ObjectStore } from './adapters/aws/s3-object-store.ts';
import { createSqsWorkQueue } from './adapters/aws/sqs-work-queue.ts';
import { idOfObject } from './adapters/object-id.ts';
import { createPinoLogger } from './adapters/pino-logger.ts';
import { createRedisClient } from './adapters/redis/client.ts';
import { createRedisStatusBoard } from './adapters/redis/redis-status-board.ts';
import { createStaticSessionVerifier } from './adapters/static-session-verifier.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import { createSystemRandom } from './adapters/system-random.ts';
import { type Config, readConfig, type VariableName } from './config.ts';
import { MAX_POST_BYTES } from './contracts/http.ts';
import type { QueueName } from './ports/work-queue.ts';
import { createDriveForward } from './usecases/drive-forward.ts';
import type { IngestDeps } from './usecases/ingest-object.ts';

const clock = createSystemClock();
const random = createSystemRandom();

const loggerFor = ({ STAGE, LOG_LEVEL }: Config<'STAGE' | 'LOG_LEVEL'>) =>
  createPinoLogger({ level: LOG_LEVEL, base: { stage: STAGE } });

const storeFor = ({ TABLE_NAME }: Config<'TABLE_NAME'>) =>
  createDynamoUploadStore({ client: createDynamoClient(), tableName: TABLE_NAME });

const sessionsFor = ({ STATIC_SESSION_SHA256 }: Config<'STATIC_SESSION_SHA256'>) =>
  createStaticSessionVerifier({ tokenSha256: STATIC_SESSION_SHA256 });

const QUEUE_VARIABLES = {
  UPLOAD_EVENTS_QUEUE_URL: 'upload-events',
  LIGHT_QUEUE_URL: 'light',
  HEAVY_QUEUE_URL: 'heavy',
  FINALIZE_QUEUE_URL: 'finalize',
  NOTIFICATIONS_QUEUE_URL: 'notifications',
} as const satisfies Partial<Record<VariableName, QueueName>>;

type QueueVariable = keyof typeof QUEUE_VARIABLES;

const queueFor = (config: Readonly<Record<string, unknown>>) => {
  const queueUrls: Partial<Record<QueueName, string>> = {};
  for (const [variable, name] of Object.entries(QUEUE_VARIABLES)) {
    const url = config[variable];
    if (typeof url === 'string') queueUrls[name] = url;
  }
  return createSqsWorkQueue({ client: createSqsClient(), queueUrls });
};

const boardFor = ({ REDIS_URL }: Config<'REDIS_URL'>, logger: ReturnType<typeof loggerFor>) =>
  createRedisStatusBoard({ client: createRedisClient(REDIS_URL), logger, clock });

const HTTP = ['STAGE', 'LOG_LEVEL', 'TABLE_NAME', 'STATIC_SESSION_SHA256'] as const;

/** For functions that only read the state. */
export const createReadContainer = () => {
  const config = readConfig(HTTP);
  const logger = loggerFor(config);
  return { logger, sessions: sessionsFor(config), store: storeFor(config) };
};

export const createStatusContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL']);
  const logger = loggerFor(config);
  const board = boardFor(config, logger);
  const shared = { logger, board, clock, random };
  return { ...shared, sessions: sessionsFor(config), store: storeFor(config) };
};

export const createUploadContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL', 'UPLOADS_BUCKET']);
  const logger = loggerFor(config);
  return {
    logger,
    clock,
    random,
    sessions: sessionsFor(config),
    store: storeFor(config),
    board: boardFor(config, logger),
    objects: createS3ObjectStore({
      client: createS3Client(),
      uploadsBucket: config.UPLOADS_BUCKET,
    }),
  };
};

export const createResultContainer = () => {
  const config = readConfig([...HTTP, 'RESULTS_BUCKET']);
  return {
    logger: loggerFor(config),
    sessions: sessionsFor(config),
    store: storeFor(config),
    objects: createS3ObjectStore({
      client: createS3Client(),
      resultsBucket: config.RESULTS_BUCKET,
    }),
  };
};

const PIPELINE = [
  'STAGE',
  'LOG_LEVEL',
  'TABLE_NAME',
  'REDIS_URL',
  'UPLOADS_BUCKET',
  'MAX_RECEIVE_COUNT',
] as const;

/** What all functions between the bucket and the end share; `names` are the queues and the bucket that only this one has. */
const createPipelineContainer = <const Name extends QueueVariable | 'RESULTS_BUCKET'>(
  names: readonly Name[],
) => {
  const config = readConfig<(typeof PIPELINE)[number] | Name>([...PIPELINE, ...names]);
  const logger = loggerFor(config);
  const { UPLOADS_BUCKET: uploadsBucket } = config;
  const resultsBucket = 'RESULTS_BUCKET' in config ? String(config.RESULTS_BUCKET) : undefined;
  const store = storeFor(config);
  const queue = queueFor(config);
  const board = boardFor(config, logger);
  return {
    logger,
    clock,
    random,
    store,
    queue,
    board,
    uploadsBucket,
    maxReceiveCount: config.MAX_RECEIVE_COUNT,
    objects: createS3ObjectStore({ client: createS3Client(), uploadsBucket, resultsBucket }),
    driveForward: createDriveForward({ store, queue, board, clock }),
  };
};

const LANES_AND_END = ['LIGHT_QUEUE_URL', 'HEAVY_QUEUE_URL', 'FINALIZE_QUEUE_URL'] as const;

/** What ingesting needs besides the pipeline; the caller brings the detector and the registry. */
const INTAKE = { idOfObject, maxObjectBytes: MAX_POST_BYTES } satisfies Partial<IngestDeps>;

export const createIngestContainer = () => ({
  ...createPipelineContainer([...LANES_AND_END, 'UPLOAD_EVENTS_QUEUE_URL']),
  ...INTAKE,
});

export const createWorkerContainer = () =>
  createPipelineContainer([...LANES_AND_END, 'RESULTS_BUCKET']);

export const createFinalizeContainer = () =>
  createPipelineContainer([
    'FINALIZE_QUEUE_URL',
    'UPLOAD_EVENTS_QUEUE_URL',
    'NOTIFICATIONS_QUEUE_URL',
    'RESULTS_BUCKET',
  ]);

export const createSweepContainer = () => {
  const { TABLE_NAME: tableName } = readConfig(['TABLE_NAME']);
  return {
    ...createPipelineContainer([...LANES_AND_END, 'UPLOAD_EVENTS_QUEUE_URL']),
    idOfObject,
    cursors: createDynamoCursorStore({ client: createDynamoClient(), tableName }),
  };
};

export const createBuryContainer = () => {
  const { TABLE_NAME: tableName } = readConfig(['TABLE_NAME']);
  return {
    ...createPipelineContainer([
      ...LANES_AND_END,
      'UPLOAD_EVENTS_QUEUE_URL',
      'NOTIFICATIONS_QUEUE_URL',
      'RESULTS_BUCKET',
    ]),
    ...INTAKE,
    letters: createDynamoDeadLetterStore({
      client: createDynamoClient(),
      tableName,
      now: clock.now,
    }),
  };
};

/** For an operator: every queue to send to again, the state, the view and the dead letters; no bucket. */
export const createOperateContainer = () => {
  const config = readConfig([
    ...(['STAGE', 'LOG_LEVEL', 'TABLE_NAME', 'REDIS_URL'] as const),
    ...LANES_AND_END,
    ...(['UPLOAD_EVENTS_QUEUE_URL', 'NOTIFICATIONS_QUEUE_URL'] as const),
  ]);
  const logger = loggerFor(config);
  const store = storeFor(config);
  const queue = queueFor(config);
  const board = boardFor(config, logger);
  return {
    logger,
    clock,
    store,
    queue,
    board,
    driveForward: createDriveForward({ store, queue, board, clock }),
    letters: createDynamoDeadLetterStore({
      client: createDynamoClient(),
      tableName: config.TABLE_NAME,
      now: clock.now,
    }),
  };
};
