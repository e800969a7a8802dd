/** The intake: an SQS batch of upload events, or one such event handed to the function itself. */
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda';
import { NonRetryableError, RetryableError } from '../domain/errors.ts';
import { createIngestObject, type IngestDeps } from '../usecases/ingest-object.ts';
import { createIngestBody } from './ingest-body.ts';
import { deadlineOf, type InvocationContext } from './invocation.ts';
import { type BatchDeps, createBatchHandler } from './sqs-batch.ts';

export type IngestHandlerDeps = BatchDeps & IngestDeps;

export type IngestHandler = (
  event: object,
  context: InvocationContext,
) => Promise<SQSBatchResponse | undefined>;

const isSqsEvent = (event: object): event is SQSEvent => {
  if (!('Records' in event) || !Array.isArray(event.Records)) return false;
  const [first]: readonly unknown[] = event.Records;
  return (
    typeof first === 'object' &&
    first !== null &&
    'eventSource' in first &&
    first.eventSource === 'aws:sqs'
  );
};

const jsonOf = (body: string): unknown => {
  try {
    return JSON.parse(body);
  } catch (cause) {
    throw new NonRetryableError('invalid_event', { detail: 'It is not JSON.', cause });
  }
};

/**
 * A batch is answered with what must come back; a single event is done when this resolves.
 * @throws what a single event failed with, so that whoever invoked us asynchronously tries again.
 */
export const createIngestHandler = (deps: IngestHandlerDeps): IngestHandler => {
  const ingestBody = createIngestBody({
    ingestObject: createIngestObject(deps),
    queue: deps.queue,
  });
  const batch = createBatchHandler(deps, {
    from: 'upload-events',
    handle: ({ body }, meta) => ingestBody(jsonOf(body), meta),
  });

  return async (event, context) => {
    if (isSqsEvent(event)) return batch(event, context);
    const requestId = context.awsRequestId;
    const reason = new RetryableError('deadline_exceeded');
    const { signal, remainingMs, stop } = deadlineOf(context, deps.clock, reason);
    const logger = deps.logger.child({ requestId });
    try {
      const delivery = { requestId, attempt: 1, lastAttempt: false };
      await ingestBody(event, { ...delivery, signal, remainingMs, logger });
      return undefined;
    } finally {
      stop();
    }
  };
};
