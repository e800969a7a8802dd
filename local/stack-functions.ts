/** The part of the stack that runs our code: `serverless offline`, function URLs, and the queues that invoke functions. */
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { SQSClient } from '@aws-sdk/client-sqs';
import type { LocalEmulators } from './emulators.ts';
import {
  awsEnvironment,
  type Environment,
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
import { withPageOrigin } from './page.ts';
import type { Ports } from './ports.ts';
import { provision } from './provision.ts';
import type { LocalRedis } from './redis.ts';

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
  /** Aborted: a start that is still under way is broken off and rejects with the signal's reason. A started stack is its owner's to close. */
  readonly signal?: AbortSignal;
};

export const projectDir = fileURLToPath(new URL('..', import.meta.url));
/** The one bearer token that the functions accept. */
export const token = 'dev';
/** Whoever asks gets a session here, beside the development token and in its tenant. */
const anonymousTenant = 'dev';
export const silent: StackLog = { stack: () => undefined, functions: () => undefined };

/** One start of a stack: what it was asked for, and what has to be undone at its end. */
export type Start = {
  readonly options: StackOptions;
  readonly environment: Environment;
  readonly ports: Ports;
  readonly undo: (() => Promise<unknown>)[];
  readonly close: () => Promise<void>;
};

type Foundation = {
  readonly redis: LocalRedis;
  readonly emulators: LocalEmulators;
  readonly stateDir: string;
};

/** The framework resolves serverless.yml once, for itself and for us. */
export const startFunctions = async (
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
  const breakOff = () => void offline.close();
  options.signal?.addEventListener('abort', breakOff);
  const model = await offline.ready.finally(() =>
    options.signal?.removeEventListener('abort', breakOff),
  );
  return { offline, model };
};

export const startUrls = async (
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

export const startQueues = async (
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
