/** The finalizer: ends an upload whose steps have all ended, and tells about it. */
import { createFinalizeContainer } from '../shared/container.ts';
import { finalizeMessage } from '../shared/contracts/messages.ts';
import { NonRetryableError } from '../shared/domain/errors.ts';
import { type BatchDeps, createBatchHandler, parseMessage } from '../shared/lambda/sqs-batch.ts';
import { createFinalizeUpload, type FinalizeDeps } from '../shared/usecases/finalize-upload.ts';

export const createHandler = (deps: BatchDeps & FinalizeDeps) => {
  const finalizeUpload = createFinalizeUpload(deps);
  const invalid = () => new NonRetryableError('invalid_message');
  return createBatchHandler(deps, {
    from: 'finalize',
    handle: async ({ body }, meta) =>
      finalizeUpload(parseMessage(body, finalizeMessage, invalid), meta),
  });
};

export const handler = createHandler(createFinalizeContainer());
