/** What several containers build in the same way; made once per sandbox, when it is first needed. */
import { createDynamoClient, createSqsClient } from './adapters/aws/clients.ts';
import { createDynamoGroupStore } from './adapters/aws/dynamo-group-store.ts';
import { createDynamoTenantQuotas } from './adapters/aws/dynamo-tenant-quotas.ts';
import { createDynamoUploadStore } from './adapters/aws/dynamo-upload-store.ts';
import { createSqsWorkQueue } from './adapters/aws/sqs-work-queue.ts';
import { createJsonLogger } from './adapters/json-logger.ts';
import { createLocalRateLimiter } from './adapters/local-rate-limiter.ts';
import { idOfMember } from './adapters/object-id.ts';
import { type BoundedRedis, createBoundedRedis } from './adapters/redis/bounded-redis.ts';
import { createRedisClient } from './adapters/redis/client.ts';
import { createRedisGroupBoard } from './adapters/redis/redis-group-board.ts';
import { createRedisRateLimiter } from './adapters/redis/redis-rate-limiter.ts';
import { createRedisStatusBell } from './adapters/redis/redis-status-bell.ts';
import { createStatusBoardOn } from './adapters/redis/redis-status-board.ts';
import { createSystemClock } from './adapters/system-clock.ts';
import { createSystemRandom } from './adapters/system-random.ts';
import type { Config, VariableName } from './config.ts';
import { rateOf } from './domain/rate.ts';
import type { QueueName } from './ports/work-queue.ts';
import { createQuotaOf, createRatesOf, type QuotaOf } from './usecases/tenant-quotas.ts';

export const clock = createSystemClock();
export const random = createSystemRandom();

let dynamoClient: ReturnType<typeof createDynamoClient> | undefined;

/** One client with its connections for all that is kept in the table. */
export const dynamo = () => {
  dynamoClient ??= createDynamoClient();
  return dynamoClient;
};

export const loggerFor = ({ STAGE, LOG_LEVEL }: Config<'STAGE' | 'LOG_LEVEL'>) =>
  createJsonLogger({ level: LOG_LEVEL, base: { stage: STAGE } });

export const storeFor = ({ TABLE_NAME }: Config<'TABLE_NAME'>) =>
  createDynamoUploadStore({ client: dynamo(), tableName: TABLE_NAME });

/** Groups, and which uploads are in them. */
export const membersFor = ({ TABLE_NAME }: Config<'TABLE_NAME'>) => ({
  groups: createDynamoGroupStore({ client: dynamo(), tableName: TABLE_NAME }),
  idOfMember,
});

/** The same with their view. */
export const groupsFor = (config: Config<'TABLE_NAME'>, redis: BoundedRedis) => ({
  ...membersFor(config),
  groupBoard: createRedisGroupBoard(redis),
});

const QUEUE_VARIABLES = {
  UPLOAD_EVENTS_QUEUE_URL: 'upload-events',
  LIGHT_QUEUE_URL: 'light',
  HEAVY_QUEUE_URL: 'heavy',
  FINALIZE_QUEUE_URL: 'finalize',
  NOTIFICATIONS_QUEUE_URL: 'notifications',
  DELETIONS_QUEUE_URL: 'deletions',
  WEBHOOKS_QUEUE_URL: 'webhooks',
} as const satisfies Partial<Record<VariableName, QueueName>>;

export type QueueVariable = keyof typeof QUEUE_VARIABLES;

export const queueFor = (config: Readonly<Record<string, unknown>>) => {
  const queueUrls: Partial<Record<QueueName, string>> = {};
  for (const [variable, name] of Object.entries(QUEUE_VARIABLES)) {
    const url = config[variable];
    if (typeof url === 'string') queueUrls[name] = url;
  }
  return createSqsWorkQueue({ client: createSqsClient(), queueUrls });
};

export const redisFor = (
  { REDIS_URL }: Config<'REDIS_URL'>,
  logger: ReturnType<typeof loggerFor>,
) => {
  const redis = createBoundedRedis({ client: createRedisClient(REDIS_URL), logger, clock });
  // While the rest of the sandbox is made.
  redis.open();
  return redis;
};

export const boardFor = (config: Config<'REDIS_URL'>, logger: ReturnType<typeof loggerFor>) =>
  createStatusBoardOn(redisFor(config, logger), clock);

/** On a connection of its own, made when somebody first waits. */
export const bellFor = (
  { REDIS_URL }: Config<'REDIS_URL'>,
  logger: ReturnType<typeof loggerFor>,
) => {
  const client = createRedisClient(REDIS_URL);
  return createRedisStatusBell({ client, redis: createBoundedRedis({ client, logger, clock }) });
};

let quotaOf: QuotaOf | undefined;

/** What a tenant may, remembered once for all who ask. */
export const quotaFor = ({ TABLE_NAME: tableName }: Config<'TABLE_NAME'>): QuotaOf => {
  quotaOf ??= createQuotaOf(createDynamoTenantQuotas({ client: dynamo(), tableName }), clock);
  return quotaOf;
};

/** The counter that all sandboxes share where there is a Redis; else one of this sandbox alone. */
export const ratesFor = (
  config: Config<'TABLE_NAME' | 'TENANT_REQUESTS_PER_SECOND' | 'TENANT_POLLS_PER_SECOND'>,
  redis?: ReturnType<typeof redisFor>,
) => {
  const rates = {
    requests: rateOf(config.TENANT_REQUESTS_PER_SECOND),
    polls: rateOf(config.TENANT_POLLS_PER_SECOND),
  };
  const options = { rates, ratesOf: createRatesOf(rates, quotaFor(config), clock), clock };
  return redis === undefined
    ? createLocalRateLimiter(options)
    : createRedisRateLimiter(redis, options);
};
