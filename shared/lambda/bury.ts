/** The burial: which queue a dead message came from, and what is left to do for it. */
import type { DeadLetterStore } from '../ports/dead-letter-store.ts';
import { QUEUES } from '../ports/work-queue.ts';
import { createBuryMessage } from '../usecases/bury-message.ts';
import { createDeferWebhook, type DeferWebhookDeps } from '../usecases/defer-webhook.ts';
import { createFinalizeUpload, type FinalizeDeps } from '../usecases/finalize-upload.ts';
import { createIngestObject, type IngestDeps } from '../usecases/ingest-object.ts';
import { createIngestBody } from './ingest-body.ts';
import { type BatchDeps, type BatchHandler, createBatchHandler } from './sqs-batch.ts';

export interface BuryHandlerDeps extends BatchDeps, IngestDeps, FinalizeDeps, DeferWebhookDeps {
  readonly letters: DeadLetterStore;
}

/** The name in `…:service-stage-<name>-dlq`. */
export const queueOfDlq = (arn: string): string =>
  QUEUES.find((queue) => arn.endsWith(`-${queue}-dlq`)) ?? arn;

export const createBuryHandler = (deps: BuryHandlerDeps): BatchHandler => {
  const buryMessage = createBuryMessage({
    ...deps,
    finalizeUpload: createFinalizeUpload(deps),
    deferWebhook: createDeferWebhook(deps),
    ingestBody: createIngestBody({ ingestObject: createIngestObject(deps), queue: deps.queue }),
  });
  return createBatchHandler(deps, {
    // A DLQ has no port to hide messages in; its own visibility timeout spaces the tries.
    from: undefined,
    handle: ({ messageId, body, sourceArn }, meta) =>
      buryMessage({ messageId, body, queue: queueOfDlq(sourceArn) }, meta),
  });
};
