/** The whole pipeline on this machine: Redis, S3, SQS, DynamoDB and `serverless offline`, wired by serverless.yml. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { announceStack } from './announced-stack.ts';
import { startEmulators } from './emulators.ts';
import {
  assertLoopback,
  type Environment,
  type LocalEndpoints,
  localCredentials,
  localRegion,
} from './environment.ts';
import type { LocalModel } from './model.ts';
import { startPage } from './page.ts';
import { assertPortsFree, findFreePorts } from './ports.ts';
import { type LocalRedis, startRedis } from './redis.ts';
import {
  projectDir,
  type StackOptions,
  type Start,
  silent,
  startFunctions,
  startQueues,
  startUrls,
  token,
} from './stack-functions.ts';

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

const localDir = join(projectDir, '.local');

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
    throw options.signal?.aborted ? options.signal.reason : error;
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

const start = async (context: Start): Promise<Stack> => {
  const { options, environment, ports, undo, close } = context;
  const stateDir = await makeStateDir(context);
  const keep = options.keep === true;
  const redisDir = join(stateDir, 'redis');
  const [redis, emulators] = await allStarted(undo, [
    startRedis({ port: ports.redis, dir: redisDir, keep, environment }),
    startEmulators({ ports, stateDir, keep }),
  ]);
  options.signal?.throwIfAborted();
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
