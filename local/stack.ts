/** The whole pipeline on this machine: Redis, S3, SQS, DynamoDB and `serverless offline`, wired by serverless.yml. */
import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SQSClient } from '@aws-sdk/client-sqs';
import { announceStack } from './announced-stack.ts';
import { type LocalEmulators, startEmulators } from './emulators.ts';
import {
  assertLoopback,
  awsEnvironment,
  type Environment,
  type LocalEndpoints,
  localCredentials,
  localRegion,
  withoutAws,
} from './environment.ts';
import { startFunctionUrls } from './function-url/front.ts';
import { localAccount } from './intrinsics.ts';
import { laptopSettings, makeSessionKeys } from './keys.ts';
import { type MappingReport, startEventSourceMappings } from './lambda/event-source-mapping.ts';
import { createInvoke } from './lambda/invoke.ts';
import { buildModel, type LocalModel } from './model.ts';
import { type Offline, startOffline } from './offline.ts';
import { startPage, withPageOrigin } from './page.ts';
import { assertPortsFree, findFreePorts, type Ports } from './ports.ts';
import { provision } from './provision.ts';
import { type LocalRedis, startRedis } from './redis.ts';

export type StackLog = {
  /** What the stack itself does and what its queues report. */
  readonly stack: (line: string) => void;
  /** Each line that `serverless offline` or a handler writes. */
  readonly functions: (line: string) => void;
};

export type StackOptions = {
  /** Absent: free ports. */
  readonly ports?: Ports;
  readonly log?: StackLog;
  /** Absent: process.env. Its AWS_* variables are replaced, never used. */
  readonly environment?: Environment;
  /** State is kept in .local/state and found again by the next start that keeps. */
  readonly keep?: boolean;
  /** Writes .local/stack.json, by which `sls invoke local` finds this stack. One stack at a time may. */
  readonly announce?: boolean;
  /** Replaces every queue's visibility timeout: crashed work comes back in seconds instead of hours. */
  readonly visibilityTimeoutSeconds?: number;
  /** Invocations at one time over all queues; each costs a worker thread of some 30 MB. */
  readonly queueConcurrency?: number;
  readonly logLevel?: string;
};

export type Stack = {
  readonly httpUrl: string;
  /** The function URL of follow-upload. */
  readonly followUrl: string;
  readonly pageUrl: string;
  readonly lambdaUrl: string;
  readonly endpoints: LocalEndpoints;
  readonly credentials: typeof localCredentials;
  readonly region: string;
  readonly redisUrl: string;
  /** The one bearer token that the functions accept. */
  readonly token: string;
  /** Names and queues as serverless.yml gives them; `environments` has each function's variables. */
  readonly model: LocalModel;
  readonly redis: LocalRedis;
  /** Process id of `serverless offline`. */
  readonly offlinePid: number | undefined;
  /** Resolves when `serverless offline` ends, also unasked. */
  readonly ended: Promise<void>;
  /** Stops everything and removes all state that is not to be kept. Safe to call twice. */
  readonly close: () => Promise<void>;
};

const projectDir = fileURLToPath(new URL('..', import.meta.url));
const localDir = join(projectDir, '.local');
const token = 'dev';
/** Whoever asks gets a session here, beside the development token and in its tenant. */
const anonymousTenant = 'dev';
const silent: StackLog = { stack: () => undefined, functions: () => undefined };

/** Rejects with a sentence that says what to do; whatever had started by then is stopped again. */
export const startStack = async (options: StackOptions = {}): Promise<Stack> => {
  const environment = options.environment ?? process.env;
  assertLoopback(environment);
  const ports = options.ports ?? (await findFreePorts());
  await assertPortsFree(usesOwnRedis(environment) ? ports : { ...ports, redis: 0 });

  const undo: (() => Promise<unknown>)[] = [];
  const close = closeOnce(undo);
  try {
    return await start({ options, environment, ports, undo, close });
  } catch (error) {
    await close();
    throw error;
  }
};

const usesOwnRedis = ({ REDIS_URL }: Environment) => !REDIS_URL;

/** Runs the steps back to front. All are tried; the first failure is thrown at the end. */
const closeOnce = (undo: (() => Promise<unknown>)[]) => {
  let closing: Promise<void> | undefined;
  const closeAll = async () => {
    const failures: unknown[] = [];
    for (const step of undo.reverse()) await step().catch((error) => failures.push(error));
    if (failures.length > 0) throw failures[0];
  };
  return () => {
    closing ??= closeAll();
    return closing;
  };
};

type Start = {
  readonly options: StackOptions;
  readonly environment: Environment;
  readonly ports: Ports;
  readonly undo: (() => Promise<unknown>)[];
  readonly close: () => Promise<void>;
};

const start = async (context: Start): Promise<Stack> => {
  const { options, environment, ports, undo, close } = context;
  const stateDir = await makeStateDir(context);
  const keep = options.keep === true;
  const redisDir = join(stateDir, 'redis');
  const [redis, emulators] = await allStarted(undo, [
    startRedis({ port: ports.redis, dir: redisDir, keep, environment }),
    startEmulators({ ports, stateDir, keep }),
  ]);
  const { offline, model } = await startFunctions(context, { redis, emulators, stateDir });
  await startQueues(context, { emulators, model });
  const httpUrl = `http://127.0.0.1:${ports.http}`;
  const followUrl = `${(await startUrls(context, { emulators, model })).url}/follow-upload`;
  const { s3: s3Url } = emulators.endpoints;
  const page = await startPage({ port: ports.page, httpUrl, followUrl, s3Url });
  undo.push(() => page.close());
  const stack: Stack = {
    httpUrl,
    followUrl,
    pageUrl: page.url,
    lambdaUrl: `http://127.0.0.1:${ports.lambda}`,
    endpoints: emulators.endpoints,
    credentials: localCredentials,
    region: localRegion,
    redisUrl: redis.url,
    token,
    model,
    redis,
    offlinePid: offline.pid,
    ended: offline.ended,
    close,
  };
  if (options.announce) {
    await announceStack({ stack, localDir, undo, log: (options.log ?? silent).stack });
  }
  return stack;
};

const makeStateDir = async ({ options, undo }: Start) => {
  if (options.keep) {
    const kept = join(localDir, 'state');
    await mkdir(kept, { recursive: true });
    return kept;
  }
  const dir = await mkdtemp(join(tmpdir(), 'sluice-'));
  undo.push(() => rm(dir, { recursive: true, force: true }));
  return dir;
};

type Closing = { readonly close: () => Promise<unknown> };

/** Waits for both even if one fails, so that what did start can be stopped. */
const allStarted = async <One extends Closing, Other extends Closing>(
  undo: (() => Promise<unknown>)[],
  starting: readonly [Promise<One>, Promise<Other>],
): Promise<readonly [One, Other]> => {
  for (const started of await Promise.allSettled(starting)) {
    if (started.status === 'fulfilled') undo.push(() => started.value.close());
  }
  return Promise.all(starting);
};

type Foundation = {
  readonly redis: LocalRedis;
  readonly emulators: LocalEmulators;
  readonly stateDir: string;
};

/** The framework resolves serverless.yml once, for itself and for us. */
const startFunctions = async (
  { options, environment, ports, undo }: Start,
  { redis, emulators, stateDir }: Foundation,
): Promise<{ readonly offline: Offline; readonly model: LocalModel }> => {
  const log = options.log ?? silent;
  const overrides = {
    ...makeSessionKeys(),
    ...laptopSettings,
    ANONYMOUS_TENANT: anonymousTenant,
    REDIS_URL: redis.url,
    ...(environment.CLAMD_URL === undefined ? {} : { CLAMD_URL: environment.CLAMD_URL }),
    STATIC_SESSION_SHA256: createHash('sha256').update(token).digest('hex'),
    ...(options.logLevel === undefined ? {} : { LOG_LEVEL: options.logLevel }),
  };
  const offline = startOffline({
    projectDir,
    ports,
    environment: { ...withoutAws(environment), ...awsEnvironment(emulators.endpoints) },
    log: log.functions,
    orphaned: options.keep ? [] : [stateDir],
    wire: async (service) => {
      const { endpoints } = emulators;
      const model = buildModel(service, { region: localRegion, sqs: endpoints.sqs, overrides });
      const timed = withVisibility(model, options.visibilityTimeoutSeconds);
      await provision(withPageOrigin(timed, ports.page), endpoints);
      return model;
    },
  });
  undo.push(() => offline.close());
  return { offline, model: await offline.ready };
};

const startUrls = async (
  { options, environment, ports, undo }: Start,
  { emulators, model }: { readonly emulators: LocalEmulators; readonly model: LocalModel },
) => {
  const log = options.log ?? silent;
  const urls = await startFunctionUrls({
    port: ports.follow,
    urls: model.urls,
    projectDir,
    environment: { ...withoutAws(environment), ...awsEnvironment(emulators.endpoints) },
    environments: model.environments,
    log: log.functions,
  });
  undo.push(() => urls.close());
  return urls;
};

const withVisibility = (model: LocalModel, seconds: number | undefined): LocalModel =>
  seconds === undefined
    ? model
    : {
        ...model,
        queues: model.queues.map((queue) => ({
          ...queue,
          attributes: { ...queue.attributes, VisibilityTimeout: String(seconds) },
        })),
      };

const startQueues = async (
  { options, ports, undo }: Start,
  { emulators, model }: { readonly emulators: LocalEmulators; readonly model: LocalModel },
) => {
  const log = options.log ?? silent;
  const sqs = new SQSClient({
    endpoint: emulators.endpoints.sqs,
    region: localRegion,
    credentials: localCredentials,
  });
  const running = await startEventSourceMappings({
    sqs,
    mappings: model.mappings.map((mapping) => ({
      queueUrl: `${emulators.endpoints.sqs}/${localAccount}/${mapping.queueName}`,
      functionName: mapping.functionName,
      batchSize: mapping.batchSize,
      maximumBatchingWindowSeconds: mapping.windowSeconds,
      maximumConcurrency: mapping.maximumConcurrency,
      reportBatchItemFailures: mapping.reportsBatchItemFailures,
    })),
    invoke: createInvoke(`http://127.0.0.1:${ports.lambda}`),
    globalConcurrency: options.queueConcurrency ?? 8,
    report: (report) => {
      if (report.outcome !== 'succeeded') log.stack(describe(report));
    },
  });
  undo.push(async () => {
    await running.stop({ graceMs: 500 });
    sqs.destroy();
  });
};

const describe = ({ functionName, outcome, failed, messages, reason }: MappingReport) =>
  `${functionName}: ${failed} of ${messages} messages ${outcome}${reason ? `: ${reason}` : ''}`;
