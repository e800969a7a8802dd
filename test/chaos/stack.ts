/** The laptop stack with handles to hurt it: queue functions in processes of their own, Redis behind a proxy, S3 events and SQS deliveries through hooks. */
import { createHash } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SQSClient } from '@aws-sdk/client-sqs';
import { startDynamodb } from '../../local/dynamodb/start-dynamodb.ts';
import {
  awsEnvironment,
  localCredentials,
  localRegion,
  withoutAws,
} from '../../local/environment.ts';
import { localAccount } from '../../local/intrinsics.ts';
import { startEventSourceMappings } from '../../local/lambda/event-source-mapping.ts';
import { createInvoke } from '../../local/lambda/invoke.ts';
import { buildModel, type LocalModel } from '../../local/model.ts';
import { startOffline } from '../../local/offline.ts';
import { findFreePorts } from '../../local/ports.ts';
import { provision } from '../../local/provision.ts';
import { startRedis } from '../../local/redis.ts';
import { type S3NotificationEvent, startS3 } from '../../local/s3/server.ts';
import { startSqs } from '../../local/sqs/start-sqs.ts';
import { bundleHosts } from './bundle.ts';
import { createHosts } from './hosts.ts';
import { startRedisProxy } from './redis-proxy.ts';

/** A worker that is stopped for longer loses its messages to another one. */
export const VISIBILITY_SECONDS = 6;
const TOKEN = 'dev';
/** Each is a process; two cores work no more of them at once. */
const QUEUE_CONCURRENCY = 8;
const HOSTED = ['ingest', 'work-light', 'work-heavy', 'finalize', 'bury', 'sweep'] as const;

export interface Hooks {
  /** Asked for each S3 event; delivers it as often and as late as it likes. */
  readonly onS3Event: (event: S3NotificationEvent, deliver: () => void) => void;
  readonly duplicatesDelivery: () => boolean;
  readonly survivesDelete: () => boolean;
  /** Told of each message that a function gets. */
  readonly onMessage: (functionKey: string, queueArn: string, body: string) => void;
  /** Does this message kill every worker that gets it? */
  readonly isDeadly: (functionKey: string, body: string) => boolean;
  /** How far the clock of a function is ahead. */
  readonly shiftMsOf: (functionKey: string) => number;
}

const shortened = (model: LocalModel): LocalModel => ({
  ...model,
  queues: model.queues.map((queue) => ({
    ...queue,
    attributes: { ...queue.attributes, VisibilityTimeout: String(VISIBILITY_SECONDS) },
  })),
});

const recordsOf = (event: unknown): readonly { body: string; eventSourceARN: string }[] =>
  (event as { Records: { body: string; eventSourceARN: string }[] }).Records;

type Undo = (() => Promise<unknown>)[];

const startEmulators = async (hooks: Hooks, dir: string, undo: Undo) => {
  const sqs = await startSqs({
    port: 0,
    accessKeyId: localCredentials.accessKeyId,
    region: localRegion,
    accountId: localAccount,
    faults: hooks,
  });
  undo.push(() => sqs.close());
  const dynamodb = await startDynamodb({ port: 0, accessKeyId: localCredentials.accessKeyId });
  undo.push(() => dynamodb.close());
  const s3 = await startS3({
    port: 0,
    dir: join(dir, 's3'),
    credentials: localCredentials,
    region: localRegion,
    notify: async ({ queueArn }, event) => {
      hooks.onS3Event(event, () => sqs.deliver(queueArn, JSON.stringify(event)));
    },
  });
  undo.push(() => s3.close());
  return { s3: s3.url, sqs: sqs.url, dynamodb: dynamodb.url };
};

const start = async (hooks: Hooks, logFile: string, undo: Undo) => {
  const log = (line: string) => appendFileSync(logFile, `${line.trimEnd()}\n`);
  const dir = await mkdtemp(join(tmpdir(), 'sluice-chaos-'));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  const ports = await findFreePorts();
  const environment = { ...process.env, REDIS_URL: undefined };
  const redis = await startRedis({
    port: ports.redis,
    dir: join(dir, 'redis'),
    // It saves only when a nemesis says so; a Redis that must save at its end would not end without its folder.
    keep: false,
    environment,
  });
  undo.push(() => redis.close());
  const proxy = await startRedisProxy(() => ports.redis);
  undo.push(() => proxy.close());
  const endpoints = await startEmulators(hooks, dir, undo);

  const overrides = {
    REDIS_URL: `redis://127.0.0.1:${proxy.port}`,
    STATIC_SESSION_SHA256: createHash('sha256').update(TOKEN).digest('hex'),
    LOG_LEVEL: 'info',
  };
  const offline = startOffline({
    projectDir: fileURLToPath(new URL('../..', import.meta.url)),
    ports,
    environment: { ...withoutAws(environment), ...awsEnvironment(endpoints) },
    log: (line) => log(`offline: ${line}`),
    orphaned: [dir],
    wire: async (service) => {
      const model = buildModel(service, { region: localRegion, sqs: endpoints.sqs, overrides });
      await provision(shortened(model), endpoints);
      return model;
    },
  });
  undo.push(() => offline.close());
  const [bundles, model] = await Promise.all([bundleHosts(HOSTED), offline.ready]);
  undo.push(() => bundles.remove());

  const hosts = createHosts({
    fileOf: bundles.fileOf,
    environmentOf: (key) => ({ ...awsEnvironment(endpoints), ...model.environments[key] }),
    log,
  });
  undo.push(() => hosts.close());
  const sqs = new SQSClient({
    endpoint: endpoints.sqs,
    region: localRegion,
    credentials: localCredentials,
  });
  const mapped = model.mappings.filter(({ functionKey }) =>
    HOSTED.some((hosted) => hosted === functionKey),
  );
  const mappings = await startEventSourceMappings({
    sqs,
    mappings: mapped.map((mapping) => ({
      ...mapping,
      queueUrl: `${endpoints.sqs}/${localAccount}/${mapping.queueName}`,
      functionName: mapping.functionKey,
      maximumBatchingWindowSeconds: mapping.windowSeconds,
      reportBatchItemFailures: mapping.reportsBatchItemFailures,
    })),
    invoke: (key, event) => {
      for (const { eventSourceARN, body } of recordsOf(event)) {
        hooks.onMessage(key, eventSourceARN, body);
      }
      const isDeadly = recordsOf(event).some(({ body }) => hooks.isDeadly(key, body));
      return hosts.invoke(key, event, { shiftMs: hooks.shiftMsOf(key), isDeadly });
    },
    globalConcurrency: QUEUE_CONCURRENCY,
    report: ({ functionName, outcome, failed, messages, reason }) => {
      if (outcome !== 'succeeded')
        log(`${functionName}: ${failed}/${messages} ${outcome}: ${reason}`);
    },
  });
  undo.push(async () => {
    await mappings.stop({ graceMs: 500 });
    sqs.destroy();
  });

  return {
    httpUrl: `http://127.0.0.1:${ports.http}`,
    token: TOKEN,
    endpoints,
    model,
    redis,
    redisPort: ports.redis,
    proxy,
    hosts,
    log,
    /** Invokes a function that `serverless offline` runs. */
    invokeOffline: (key: string, event: unknown) =>
      createInvoke(`http://127.0.0.1:${ports.lambda}`)(`sluice-dev-${key}`, event),
    sweep: () => hosts.invoke('sweep', {}, { shiftMs: hooks.shiftMsOf('sweep'), isDeadly: false }),
  };
};

export type ChaosStack = Awaited<ReturnType<typeof start>> & {
  readonly close: () => Promise<void>;
};

/** Nothing is left running when this rejects, or after `close`. */
export const startChaosStack = async (hooks: Hooks, logFile: string): Promise<ChaosStack> => {
  const undo: Undo = [];
  let closing: Promise<void> | undefined;
  const closeAll = async (): Promise<void> => {
    const failures: unknown[] = [];
    for (const step of undo.reverse()) await step().catch((error: unknown) => failures.push(error));
    if (failures.length > 0) throw new AggregateError(failures, 'The stack did not stop cleanly.');
  };
  const close = () => {
    closing ??= closeAll();
    return closing;
  };
  try {
    return { ...(await start(hooks, logFile, undo)), close };
  } catch (error) {
    await close();
    throw error;
  }
};
