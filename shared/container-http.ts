/** What the functions of the HTTP API are built from: each exactly what it uses, once per sandbox, before the first event. */
import { createS3Client } from './adapters/aws/clients.ts';
import { createDynamoApiKeyStore } from './adapters/aws/dynamo-api-key-store.ts';
import { createDynamoIdempotencyStore } from './adapters/aws/dynamo-idempotency-store.ts';
import { createDynamoPartsRegister } from './adapters/aws/dynamo-parts-register.ts';
import { createDynamoSessionStore } from './adapters/aws/dynamo-session-store.ts';
import { createDynamoReservations } from './adapters/aws/dynamo-tenant-quotas.ts';
import { createS3ObjectSigner } from './adapters/aws/s3-object-signer.ts';
import { createS3ObjectStore } from './adapters/aws/s3-object-store.ts';
import { createS3PartStore } from './adapters/aws/s3-part-store.ts';
import type { BoundedRedis } from './adapters/redis/bounded-redis.ts';
import { createRedisSessionCache } from './adapters/redis/redis-session-cache.ts';
import { createStatusBoardOn, createStatusDeskOn } from './adapters/redis/redis-status-board.ts';
import { createExternalTokenReader } from './adapters/sessions/external-token.ts';
import { createPublishedKeys } from './adapters/sessions/published-keys.ts';
import { createRememberedTokens } from './adapters/sessions/remembered-tokens.ts';
import { createTokenReader, createTokenSigner } from './adapters/sessions/session-token.ts';
import { loadSigningKey } from './adapters/sessions/signing-key.ts';
import { createStaticSessionVerifier } from './adapters/static-session-verifier.ts';
import { type Config, readConfig } from './config.ts';
import {
  bellFor,
  clock,
  dynamo,
  groupsFor,
  loggerFor,
  membersFor,
  queueFor,
  quotaFor,
  random,
  ratesFor,
  redisFor,
  storeFor,
} from './container-parts.ts';
import type { TokenReader } from './ports/session-tokens.ts';
import { createSessionVerifier, firstOf } from './usecases/verify-session.ts';

const HTTP = [
  'STAGE',
  'LOG_LEVEL',
  'TABLE_NAME',
  'STATIC_SESSION_SHA256',
  'SESSION_PUBLIC_KEYS',
  'EXTERNAL_ISSUER',
  'TENANT_REQUESTS_PER_SECOND',
  'TENANT_POLLS_PER_SECOND',
] as const;

type DoorConfig = Config<(typeof HTTP)[number]>;

/** Keys of another stage sign for another issuer: a session never counts where it was not made. */
const issuerOf = ({ STAGE }: Config<'STAGE'>): string => `urn:sluice:${STAGE}`;

const sessionStoreFor = ({ TABLE_NAME }: Config<'TABLE_NAME'>) =>
  createDynamoSessionStore({ client: dynamo(), tableName: TABLE_NAME });

/** Those who can read tokens: of our own issuer, and of one outside where there is one. */
const tokenReaders = (config: DoorConfig): readonly TokenReader[] => {
  const { SESSION_PUBLIC_KEYS: keys, EXTERNAL_ISSUER: outside } = config;
  const own = createTokenReader(keys, { issuer: issuerOf(config), clock });
  if (outside === undefined) return [own];
  const keyOf = createPublishedKeys(outside.jwksUrl, clock);
  return [own, createExternalTokenReader({ ...outside, keyOf, clock })];
};

const sessionsFor = (config: DoorConfig, redis?: BoundedRedis) => {
  const deps = {
    sessionStore: sessionStoreFor(config),
    sessionCache: redis && createRedisSessionCache(redis),
    clock,
  };
  return firstOf(
    createStaticSessionVerifier({ tokenSha256: config.STATIC_SESSION_SHA256 }),
    ...tokenReaders(config).map((reader) =>
      createSessionVerifier({
        ...deps,
        tokens: createRememberedTokens({ tokens: reader, clock }),
      }),
    ),
  );
};

/** What is signed needs a name and a region, which the table's client has; no client of S3's. */
const signerFor = (
  config: Config<'AWS_ENDPOINT_URL_S3'> & Partial<Config<'UPLOADS_BUCKET' | 'RESULTS_BUCKET'>>,
) =>
  createS3ObjectSigner({
    identity: dynamo().config,
    endpoint: config.AWS_ENDPOINT_URL_S3,
    uploadsBucket: config.UPLOADS_BUCKET,
    resultsBucket: config.RESULTS_BUCKET,
  });

/** Who asks, and how often they may. */
const doorFor = (config: DoorConfig, redis?: BoundedRedis) => ({
  sessions: sessionsFor(config, redis),
  rates: ratesFor(config, redis),
});

/** For `POST /sessions`, the only function that can sign. */
export const createSignerContainer = () => {
  const config = readConfig([
    'STAGE',
    'LOG_LEVEL',
    'TABLE_NAME',
    'SESSION_SIGNING_KEY',
    'ANONYMOUS_TENANT',
    'TENANT_REQUESTS_PER_SECOND',
    'TENANT_POLLS_PER_SECOND',
  ]);
  const { TABLE_NAME: tableName, SESSION_SIGNING_KEY: source } = config;
  return {
    logger: loggerFor(config),
    clock,
    random,
    keys: createDynamoApiKeyStore({ client: dynamo(), tableName }),
    sessionStore: sessionStoreFor(config),
    signer: createTokenSigner(() => loadSigningKey(source), { issuer: issuerOf(config) }),
    anonymousTenant: config.ANONYMOUS_TENANT,
    // Outside the private network, so without Redis: each sandbox counts for itself.
    rates: ratesFor(config),
  };
};

export const createSessionContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL']);
  const logger = loggerFor(config);
  const redis = redisFor(config, logger);
  return {
    logger,
    clock,
    ...doorFor(config, redis),
    sessionStore: sessionStoreFor(config),
    sessionCache: createRedisSessionCache(redis),
  };
};

/** For the operator's function that makes API keys. */
export const createApiKeysContainer = () => {
  const { TABLE_NAME: tableName } = readConfig(['TABLE_NAME']);
  return { clock, random, keys: createDynamoApiKeyStore({ client: dynamo(), tableName }) };
};

/** For functions that only read the state. */
export const createReadContainer = () => {
  const config = readConfig(HTTP);
  const logger = loggerFor(config);
  return { logger, ...doorFor(config), store: storeFor(config) };
};

/** The same, and what is in an archive. */
export const createChildrenContainer = () => ({
  ...createReadContainer(),
  ...membersFor(readConfig(['TABLE_NAME'])),
});

export const createStatusContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL']);
  const logger = loggerFor(config);
  const redis = redisFor(config, logger);
  return {
    logger,
    clock,
    random,
    ...doorFor(config, redis),
    store: storeFor(config),
    board: createStatusBoardOn(redis, clock),
    desk: createStatusDeskOn(redis, clock),
    bell: bellFor(config, logger),
  };
};

export const createGroupStatusContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL']);
  const logger = loggerFor(config);
  const redis = redisFor(config, logger);
  return {
    ...{ logger, clock, random, store: storeFor(config), ...groupsFor(config, redis) },
    ...doorFor(config, redis),
    board: createStatusBoardOn(redis, clock),
  };
};

/** What makes an upload, and the connection that its view is on. */
const createAnnouncing = () => {
  const config = readConfig([
    ...HTTP,
    'REDIS_URL',
    'UPLOADS_BUCKET',
    'AWS_ENDPOINT_URL_S3',
    'TYPE_POLICY',
    'MAX_FILE_BYTES',
    'TENANT_UPLOADS',
    'TENANT_BYTES',
  ]);
  const logger = loggerFor(config);
  const redis = redisFor(config, logger);
  return {
    redis,
    logger,
    clock,
    random,
    typePolicy: config.TYPE_POLICY,
    maxFileBytes: config.MAX_FILE_BYTES,
    ...doorFor(config, redis),
    store: storeFor(config),
    board: createStatusBoardOn(redis, clock),
    quotaOf: quotaFor(config),
    everyonesQuota: {
      uploads: config.TENANT_UPLOADS || undefined,
      bytes: config.TENANT_BYTES || undefined,
    },
    reservations: createDynamoReservations({ client: dynamo(), tableName: config.TABLE_NAME }),
    idempotency: createDynamoIdempotencyStore({ client: dynamo(), tableName: config.TABLE_NAME }),
    objects: signerFor(config),
  };
};

export const createUploadContainer = () => {
  const { redis: _, ...container } = createAnnouncing();
  return container;
};

/** For several files at once: all that one file needs, and the group. */
export const createGroupContainer = () => {
  const { redis, ...container } = createAnnouncing();
  return { ...container, ...groupsFor(readConfig(['TABLE_NAME']), redis) };
};

export const createResultContainer = () => {
  const config = readConfig([...HTTP, 'RESULTS_BUCKET', 'AWS_ENDPOINT_URL_S3']);
  return {
    logger: loggerFor(config),
    clock,
    ...doorFor(config),
    store: storeFor(config),
    objects: signerFor(config),
  };
};

export const createDeleteContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL', 'DELETIONS_QUEUE_URL']);
  const logger = loggerFor(config);
  const redis = redisFor(config, logger);
  return {
    logger,
    clock,
    ...doorFor(config, redis),
    store: storeFor(config),
    board: createStatusBoardOn(redis, clock),
    queue: queueFor(config),
  };
};

export const createPartsContainer = () => {
  const config = readConfig([...HTTP, 'REDIS_URL', 'UPLOADS_BUCKET']);
  const { UPLOADS_BUCKET: uploadsBucket, TABLE_NAME: tableName } = config;
  const logger = loggerFor(config);
  const redis = redisFor(config, logger);
  const client = createS3Client();
  return {
    logger,
    clock,
    ...doorFor(config, redis),
    store: storeFor(config),
    board: createStatusBoardOn(redis, clock),
    objects: createS3ObjectStore({ client, uploadsBucket }),
    partStore: createS3PartStore({ client, uploadsBucket }),
    partsRegister: createDynamoPartsRegister({ client: dynamo(), tableName }),
  };
};
