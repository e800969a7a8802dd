/** What the functions behind the queues are built from: each exactly what it uses, once per sandbox, before the first event. */
import { createS3Client } from './adapters/aws/clients.ts';
import { createDynamoContentIndex } from './adapters/aws/dynamo-content-index.ts';
import { createDynamoCursorStore } from './adapters/aws/dynamo-cursor-store.ts';
import { createDynamoDeadLetterStore } from './adapters/aws/dynamo-dead-letter-store.ts';
import { createDynamoRowEraser } from './adapters/aws/dynamo-row-eraser.ts';
import { createDynamoTenantBudgets } from './adapters/aws/dynamo-tenant-budgets.ts';
import {
  createDynamoReservations,
  createDynamoTenantQuotas,
} from './adapters/aws/dynamo-tenant-quotas.ts';
import { createS3ObjectEraser } from './adapters/aws/s3-object-eraser.ts';
import { createS3ObjectStore } from './adapters/aws/s3-object-store.ts';
import { createClamdScanner } from './adapters/clamd/clamd-scanner.ts';
import { idOfObject } from './adapters/object-id.ts';
import { createStatusBoardOn } from './adapters/redis/redis-status-board.ts';
import { type Config, readConfig } from './config.ts';
import {
  boardFor,
  clock,
  dynamo,
  groupsFor,
  loggerFor,
  membersFor,
  type QueueVariable,
  queueFor,
  random,
  redisFor,
  storeFor,
} from './container-parts.ts';
import { webhookStoresFor } from './container-webhooks.ts';
import { createDriveForward } from './usecases/drive-forward.ts';
import { createEndInPlace } from './usecases/finish-upload.ts';
import type { IngestDeps } from './usecases/ingest-object.ts';

const PIPELINE = [
  'STAGE',
  'LOG_LEVEL',
  'TABLE_NAME',
  'REDIS_URL',
  'UPLOADS_BUCKET',
  'MAX_RECEIVE_COUNT',
] as const;

/** What all functions between the bucket and the end share; `names` are the queues and the bucket that only this one has. */
const createPipeline = <const Name extends QueueVariable | 'RESULTS_BUCKET'>(
  names: readonly Name[],
) => {
  const config = readConfig<(typeof PIPELINE)[number] | Name>([...PIPELINE, ...names]);
  const logger = loggerFor(config);
  const { UPLOADS_BUCKET: uploadsBucket } = config;
  const resultsBucket = 'RESULTS_BUCKET' in config ? String(config.RESULTS_BUCKET) : undefined;
  const store = storeFor(config);
  const queue = queueFor(config);
  const redis = redisFor(config, logger);
  const board = createStatusBoardOn(redis, clock);
  const deps = {
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
  return { config, redis, deps };
};

type PipelineName = QueueVariable | 'RESULTS_BUCKET';

const createPipelineContainer = (names: readonly PipelineName[]) => createPipeline(names).deps;

const tenantBudgetsFor = ({ TABLE_NAME }: Config<'TABLE_NAME'>) =>
  createDynamoTenantBudgets({ client: dynamo(), tableName: TABLE_NAME });

const contentsFor = ({ TABLE_NAME }: Config<'TABLE_NAME'>) =>
  createDynamoContentIndex({ client: dynamo(), tableName: TABLE_NAME });

/** For those that see uploads end, and with them groups. */
const createEndingContainer = (names: readonly PipelineName[]) => {
  const { config, redis, deps } = createPipeline(names);
  return { ...deps, ...groupsFor(config, redis), contents: contentsFor(config) };
};

const LANES_AND_END = ['LIGHT_QUEUE_URL', 'HEAVY_QUEUE_URL', 'FINALIZE_QUEUE_URL'] as const;

/** What ingesting needs besides the pipeline; the caller brings the detector and the registry. */
const intakeFor = () => {
  const { MAX_FILE_BYTES: maxObjectBytes } = readConfig(['MAX_FILE_BYTES']);
  return { idOfObject, maxObjectBytes } satisfies Partial<IngestDeps>;
};

export const createIngestContainer = () => ({
  ...createPipelineContainer([...LANES_AND_END, 'UPLOAD_EVENTS_QUEUE_URL', 'DELETIONS_QUEUE_URL']),
  ...intakeFor(),
});

export const createWorkerContainer = () => {
  const config = readConfig(['TABLE_NAME']);
  const pipeline = {
    ...createPipelineContainer([
      ...LANES_AND_END,
      'NOTIFICATIONS_QUEUE_URL',
      'DELETIONS_QUEUE_URL',
      'RESULTS_BUCKET',
    ]),
    contents: contentsFor(config),
  };
  return {
    ...pipeline,
    ...membersFor(config),
    driveForward: createDriveForward(pipeline, createEndInPlace(pipeline)),
    tenantBudgets: tenantBudgetsFor(config),
  };
};

/** The light lane also scans for malware, where there is a scanner. */
export const createLightWorkerContainer = () => {
  const { CLAMD_URL: clamdUrl } = readConfig(['CLAMD_URL']);
  return {
    ...createWorkerContainer(),
    scanner: clamdUrl === '' ? undefined : createClamdScanner(clamdUrl),
  };
};

export const createFinalizeContainer = () =>
  createEndingContainer([
    'FINALIZE_QUEUE_URL',
    'UPLOAD_EVENTS_QUEUE_URL',
    'NOTIFICATIONS_QUEUE_URL',
    'DELETIONS_QUEUE_URL',
    'RESULTS_BUCKET',
  ]);

export const createSweepContainer = () => {
  const config = readConfig(['TABLE_NAME']);
  const { TABLE_NAME: tableName } = config;
  return {
    ...createEndingContainer([
      ...LANES_AND_END,
      'UPLOAD_EVENTS_QUEUE_URL',
      'DELETIONS_QUEUE_URL',
      'WEBHOOKS_QUEUE_URL',
    ]),
    ...webhookStoresFor(config),
    idOfObject,
    cursors: createDynamoCursorStore({ client: dynamo(), tableName }),
  };
};

export const createBuryContainer = () => {
  const config = readConfig(['TABLE_NAME']);
  const { TABLE_NAME: tableName } = config;
  return {
    ...createEndingContainer([
      ...LANES_AND_END,
      'UPLOAD_EVENTS_QUEUE_URL',
      'NOTIFICATIONS_QUEUE_URL',
      'DELETIONS_QUEUE_URL',
      'RESULTS_BUCKET',
    ]),
    ...intakeFor(),
    ...webhookStoresFor(config),
    letters: createDynamoDeadLetterStore({
      client: dynamo(),
      tableName,
      now: clock.now,
    }),
  };
};

export const createEraseContainer = () => {
  const { TABLE_NAME: tableName, RESULTS_BUCKET: resultsBucket } = readConfig([
    'TABLE_NAME',
    'RESULTS_BUCKET',
  ]);
  const pipeline = createEndingContainer([
    'FINALIZE_QUEUE_URL',
    'NOTIFICATIONS_QUEUE_URL',
    'DELETIONS_QUEUE_URL',
  ]);
  const { uploadsBucket } = pipeline;
  return {
    ...pipeline,
    objectEraser: createS3ObjectEraser({ client: createS3Client(), uploadsBucket, resultsBucket }),
    rowEraser: createDynamoRowEraser({ client: dynamo(), tableName }),
  };
};

/** For an operator: every queue to send to again, the state, the view and the dead letters; no bucket. */
export const createOperateContainer = () => {
  const config = readConfig([
    ...(['STAGE', 'LOG_LEVEL', 'TABLE_NAME', 'REDIS_URL'] as const),
    ...LANES_AND_END,
    ...(['UPLOAD_EVENTS_QUEUE_URL', 'NOTIFICATIONS_QUEUE_URL', 'DELETIONS_QUEUE_URL'] as const),
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
    tenantBudgets: tenantBudgetsFor(config),
    tenantQuotas: createDynamoTenantQuotas({ client: dynamo(), tableName: config.TABLE_NAME }),
    reservations: createDynamoReservations({ client: dynamo(), tableName: config.TABLE_NAME }),
    letters: createDynamoDeadLetterStore({
      client: dynamo(),
      tableName: config.TABLE_NAME,
      now: clock.now,
    }),
  };
};
