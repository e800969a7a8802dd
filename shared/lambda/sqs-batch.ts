/** The one batch loop: works the records of an SQS batch side by side and reports exactly those that must come back. */
import type { SQSBatchResponse, SQSEvent, SQSRecord } from 'aws-lambda';
import { asFailure, type ErrorCode, RetryableError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { Random } from '../ports/random.ts';
import type { QueueName, WorkQueue } from '../ports/work-queue.ts';
import type { RecordMeta } from '../usecases/record-meta.ts';
import { deadlineOf, type InvocationContext } from './invocation.ts';

export interface BatchDeps {
  readonly queue: WorkQueue;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Of the queue's redrive policy: the delivery with this number is the last. */
  readonly maxReceiveCount: number;
}

export interface BatchRecord {
  readonly messageId: string;
  readonly body: string;
  /** Name of the queue the record came from, without stage and service. */
  readonly sourceArn: string;
}

export interface BatchTerms {
  /** The queue the records come from, to hide what is retried; undefined leaves that to the visibility timeout. */
  readonly from: QueueName | undefined;
  readonly handle: (record: BatchRecord, meta: RecordMeta) => Promise<void>;
}

export type BatchHandler = (
  event: SQSEvent,
  context: InvocationContext,
) => Promise<SQSBatchResponse>;

const FIRST_RETRY_SECONDS = 2;
const LONGEST_RETRY_SECONDS = 300;

/** Full-jitter exponential backoff: anywhere up to the doubled delay of the last attempt. */
const retrySeconds = (attempt: number, fraction: number): number =>
  Math.ceil(Math.min(FIRST_RETRY_SECONDS * 2 ** attempt, LONGEST_RETRY_SECONDS) * fraction);

/** What says nothing about the message: everything fails alike until it is over. */
const OUTAGES: ReadonlySet<ErrorCode> = new Set([
  'storage_unavailable',
  'store_unavailable',
  'queue_unavailable',
]);
const FIRST_OUTAGE_SECONDS = 5;
const LONGEST_OUTAGE_SECONDS = 1200;

/** Between half and all of 5 s, 30 s, 3 min, 18 min: five deliveries outlive ten minutes of it. */
const outageSeconds = (attempt: number, fraction: number): number => {
  const longest = Math.min(FIRST_OUTAGE_SECONDS * 6 ** (attempt - 1), LONGEST_OUTAGE_SECONDS);
  return Math.ceil((longest / 2) * (1 + fraction));
};

const attemptOf = (record: SQSRecord): number => {
  const count = Number(record.attributes.ApproximateReceiveCount);
  return Number.isInteger(count) && count > 0 ? count : 1;
};

/** How long a record that failed with `code` stays hidden. */
const hiddenSeconds = (
  { attempt, remainingMs }: RecordMeta,
  code: ErrorCode,
  fraction: number,
): number => {
  // Until the worker that holds it can no longer be running.
  if (code === 'lease_held') return Math.ceil(remainingMs / 1000);
  return OUTAGES.has(code) ? outageSeconds(attempt, fraction) : retrySeconds(attempt, fraction);
};

export const createBatchHandler = (deps: BatchDeps, { from, handle }: BatchTerms): BatchHandler => {
  const { queue, clock, random, maxReceiveCount } = deps;

  /** A failed record comes back after a while of its own; without this, at the queue's visibility timeout. */
  const hide = async (record: SQSRecord, meta: RecordMeta, code: ErrorCode): Promise<void> => {
    if (from === undefined || meta.lastAttempt) return;
    const seconds = hiddenSeconds(meta, code, random.fraction());
    try {
      await queue.hide(from, record.receiptHandle, seconds);
    } catch (failure) {
      // Only the moment of the next attempt is lost: the message itself is not acknowledged and comes back.
      meta.logger.warn({ err: failure }, 'retry not scheduled, left to the visibility timeout');
    }
  };

  const work = async (record: SQSRecord, meta: RecordMeta): Promise<boolean> => {
    const startedAt = clock.now();
    const { messageId, body, eventSourceARN: sourceArn } = record;
    try {
      await handle({ messageId, body, sourceArn }, meta);
      meta.logger.debug({ durationMs: clock.now() - startedAt }, 'record done');
      return true;
    } catch (error) {
      const failure = asFailure(error);
      const durationMs = clock.now() - startedAt;
      meta.logger.warn({ err: error, code: failure.code, durationMs }, 'record failed');
      await hide(record, meta, failure.code);
      return false;
    }
  };

  return async (event, context) => {
    const reason = new RetryableError('deadline_exceeded');
    const { signal, remainingMs, stop } = deadlineOf(context, clock, reason);
    const requestId = context.awsRequestId;
    // The same message may be in one batch twice; it is worked once and reported once.
    const unique = new Map(event.Records.map((record) => [record.messageId, record]));
    try {
      const results = await Promise.all(
        [...unique.values()].map(async (record) => {
          const attempt = attemptOf(record);
          const { messageId } = record;
          const logger = deps.logger.child({ requestId, messageId, attempt });
          const lastAttempt = attempt >= maxReceiveCount;
          const meta = { requestId, attempt, lastAttempt, signal, remainingMs, logger };
          return { messageId, done: await work(record, meta) };
        }),
      );
      const failed = results.filter(({ done }) => !done);
      return { batchItemFailures: failed.map(({ messageId }) => ({ itemIdentifier: messageId })) };
    } finally {
      stop();
    }
  };
};

/** The body as JSON by `schema`. @throws NonRetryableError by `onInvalid`, so that the message ends in the DLQ. */
export const parseMessage = <Message>(
  body: string,
  schema: { safeParse(value: unknown): { success: true; data: Message } | { success: false } },
  onInvalid: () => Error,
): Message => {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw onInvalid();
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw onInvalid();
  return parsed.data;
};
