/** Polls queues and invokes functions with their messages, as Lambda's SQS event source mapping does. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { GetQueueAttributesCommand, type Message, type SQSClient } from '@aws-sdk/client-sqs';
import type { SQSEvent } from 'aws-lambda';
import { type InvocationResult, judgeBatch } from './batch-verdict.ts';
import { InvocationError, type Invoke } from './invoke.ts';
import { deleteMessages, gatherBatch, returnMessages } from './queue-poller.ts';
import { createSlots, type Slots } from './slots.ts';
import { toSqsEvents, toSqsRecord } from './sqs-event.ts';

export type EventSourceMapping = {
  readonly queueUrl: string;
  readonly functionName: string;
  /** 1 to 10,000; above 10 only with a window of at least a second, as Lambda demands. */
  readonly batchSize: number;
  readonly maximumBatchingWindowSeconds: number;
  /** Absent: bounded by the global limit only. */
  readonly maximumConcurrency?: number | undefined;
  readonly reportBatchItemFailures: boolean;
};

/** What became of a batch, or of the attempt to get one. */
export type MappingReport = {
  readonly functionName: string;
  readonly outcome:
    | 'succeeded'
    | 'partly-failed'
    | 'failed'
    | 'not-invoked'
    | 'poll-failed'
    | 'not-deleted';
  readonly messages: number;
  readonly failed: number;
  readonly reason?: string;
};

export type MappingsOptions = {
  readonly sqs: SQSClient;
  readonly mappings: readonly EventSourceMapping[];
  readonly invoke: Invoke;
  /** Invocations at one time over all mappings: each costs serverless-offline a worker thread. */
  readonly globalConcurrency: number;
  readonly report: (report: MappingReport) => void;
};

export type RunningMappings = {
  /**
   * Stops polling at once. Running invocations get `graceMs` to end and be judged; what has not
   * ended by then is left to its visibility timeout, what was not yet invoked returns at once.
   */
  readonly stop: (options: { readonly graceMs: number }) => Promise<void>;
};

type Source = EventSourceMapping & { readonly queueArn: string; readonly visibilityMs: number };

type World = MappingsOptions & {
  readonly slots: Slots;
  readonly stopping: AbortSignal;
  readonly abandoned: AbortSignal;
  readonly running: Set<Promise<void>>;
};

/** Starts one poller per mapping. Rejects where a queue does not exist or a mapping is impossible. */
export const startEventSourceMappings = async (
  options: MappingsOptions,
): Promise<RunningMappings> => {
  const stop = new AbortController();
  const abandon = new AbortController();
  // Each mapping listens to both, and there are more of them than Node takes for reasonable.
  setMaxListeners(0, stop.signal, abandon.signal);
  const world: World = {
    ...options,
    slots: createSlots(options.globalConcurrency),
    stopping: stop.signal,
    abandoned: abandon.signal,
    running: new Set(),
  };
  for (const mapping of options.mappings) requirePossible(mapping);
  const sources = await Promise.all(options.mappings.map((mapping) => describe(world, mapping)));
  const pollers = sources.map((source) => pollUntilStopped(world, source));

  return {
    stop: async ({ graceMs }) => {
      stop.abort();
      const grace = setTimeout(() => abandon.abort(), graceMs);
      const ended = Promise.all(pollers).then(() => Promise.all(world.running));
      await Promise.race([ended, once(world.abandoned)]);
      clearTimeout(grace);
    },
  };
};

const requirePossible = (mapping: EventSourceMapping): void => {
  const { functionName, batchSize, maximumBatchingWindowSeconds, maximumConcurrency } = mapping;
  const refuse = (sentence: string): never => {
    throw new Error(`The event source mapping of ${functionName} is impossible: ${sentence}`);
  };
  if (!Number.isInteger(batchSize) || batchSize < 1 || batchSize > 10_000) {
    refuse(`batchSize is ${batchSize}, Lambda takes 1 to 10,000.`);
  }
  if (batchSize > 10 && maximumBatchingWindowSeconds < 1) {
    refuse('a batchSize above 10 needs a maximumBatchingWindow of at least 1 second.');
  }
  if (maximumConcurrency !== undefined && (maximumConcurrency < 2 || maximumConcurrency > 1000)) {
    refuse(`maximumConcurrency is ${maximumConcurrency}, Lambda takes 2 to 1000.`);
  }
};

const describe = async ({ sqs }: World, mapping: EventSourceMapping): Promise<Source> => {
  const { Attributes = {} } = await sqs.send(
    new GetQueueAttributesCommand({
      QueueUrl: mapping.queueUrl,
      AttributeNames: ['QueueArn', 'VisibilityTimeout'],
    }),
  );
  const visibilityMs = Number(Attributes.VisibilityTimeout ?? 30) * 1000;
  return { ...mapping, queueArn: Attributes.QueueArn ?? '', visibilityMs };
};

const pollUntilStopped = async (world: World, source: Source): Promise<void> => {
  const slots = createSlots(source.maximumConcurrency ?? world.globalConcurrency);
  while (!world.stopping.aborted) {
    try {
      await pollOnce(world, source, slots);
    } catch (error) {
      if (world.stopping.aborted) return;
      tell(world, source, { outcome: 'poll-failed', messages: 0, failed: 0, reason: say(error) });
      await pause(1000, world.stopping);
    }
  }
};

const pollOnce = async (world: World, source: Source, slots: Slots): Promise<void> => {
  const release = await slots.acquire(world.stopping);
  let handedOn = false;
  try {
    // A slot is awaited but not held while polling: an idle mapping must not keep one from a busy
    // mapping, and a busy laptop must not receive what it cannot start.
    await world.slots.whenFree(world.stopping);
    const messages = await gatherBatch({ ...world, ...source });
    if (messages.length === 0) return;

    const releaseGlobal = await world.slots.acquire(world.stopping).catch(() => undefined);
    if (!releaseGlobal) {
      await returnMessages(world.sqs, source.queueUrl, messages);
      return;
    }
    handedOn = true;
    const run = invokeForAll(world, source, messages).finally(() => {
      releaseGlobal();
      release();
      world.running.delete(run);
    });
    world.running.add(run);
  } finally {
    if (!handedOn) release();
  }
};

const invokeForAll = async (world: World, source: Source, messages: readonly Message[]) => {
  const receivedAt = Date.now();
  const records = messages.map((message) => toSqsRecord(message, source.queueArn));
  for (const event of toSqsEvents(records)) {
    const job = { event, giveUpAt: receivedAt + source.visibilityMs };
    await invokeFor(world, source, job).catch((error) => {
      const { length } = event.Records;
      const reason = say(error);
      tell(world, source, { outcome: 'not-invoked', messages: length, failed: length, reason });
    });
  }
};

type Job = { readonly event: SQSEvent; readonly giveUpAt: number };

const invokeFor = async (world: World, source: Source, job: Job): Promise<void> => {
  const result = await invokeUntilReached(world, source, job);
  if (world.abandoned.aborted) return;

  const { Records: records } = job.event;
  const verdict = judgeBatch({
    messageIds: records.map(({ messageId }) => messageId),
    reportBatchItemFailures: source.reportBatchItemFailures,
    result,
  });
  const done = records.filter(({ messageId }) => verdict.succeeded.includes(messageId));
  const messages = records.length;
  const failed = verdict.failed.length;
  try {
    await deleteMessages(world.sqs, source.queueUrl, done);
  } catch (error) {
    tell(world, source, { outcome: 'not-deleted', messages, failed, reason: say(error) });
    return;
  }
  const partly = failed === messages ? 'failed' : 'partly-failed';
  const report = { outcome: failed === 0 ? 'succeeded' : partly, messages, failed } as const;
  tell(
    world,
    source,
    verdict.reason === undefined ? report : { ...report, reason: verdict.reason },
  );
};

/**
 * "Lambda continues to retry the message until the message's timestamp exceeds your queue's
 * visibility timeout": so does a batch whose function cannot be reached, for example while
 * handlers reload, instead of spending receives on it.
 */
const invokeUntilReached = async (
  world: World,
  source: Source,
  { event, giveUpAt }: Job,
): Promise<InvocationResult> => {
  for (let waitMs = 100; ; waitMs = Math.min(2 * waitMs, 5000)) {
    try {
      return await world.invoke(source.functionName, event);
    } catch (error) {
      const retryable = error instanceof InvocationError && error.code === 'UNREACHABLE';
      if (!retryable || Date.now() + waitMs >= giveUpAt || world.stopping.aborted) throw error;
      await pause(waitMs, world.stopping);
    }
  }
};

const tell = (world: World, source: Source, report: Omit<MappingReport, 'functionName'>): void =>
  world.report({ functionName: source.functionName, ...report });

const say = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const once = (signal: AbortSignal) =>
  new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });

/** Ends early, and quietly, when the signal aborts. */
const pause = (ms: number, signal: AbortSignal) =>
  delay(ms, undefined, { signal }).catch(() => undefined);
