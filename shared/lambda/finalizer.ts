/** The finalizer: ends uploads whose steps have all ended, and groups whose members have. */
import { endMessage } from '../contracts/messages.ts';
import { NonRetryableError } from '../domain/errors.ts';
import { createFinalizeUpload, type FinalizeDeps } from '../usecases/finalize-upload.ts';
import {
  type BatchDeps,
  type BatchHandler,
  createBatchHandler,
  parseMessage,
} from './sqs-batch.ts';

export const createFinalizeHandler = (deps: BatchDeps & FinalizeDeps): BatchHandler => {
  const finalizeUpload = createFinalizeUpload(deps);
  const invalid = () => new NonRetryableError('invalid_message');
  return createBatchHandler(deps, {
    from: 'finalize',
    handle: async ({ body }, meta) => finalizeUpload(parseMessage(body, endMessage, invalid), meta),
  });
};
