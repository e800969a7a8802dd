/** Erases what lies around of a deleted upload: objects and their versions, derived files, children, earlier generations. */
import { createEraseContainer } from '../shared/container.ts';
import { erasureMessage } from '../shared/contracts/messages.ts';
import { NonRetryableError } from '../shared/domain/errors.ts';
import { type BatchDeps, createBatchHandler, parseMessage } from '../shared/lambda/sqs-batch.ts';
import { createEraseUpload, type EraseUploadDeps } from '../shared/usecases/erase-upload.ts';

export const createHandler = (deps: BatchDeps & EraseUploadDeps) => {
  const eraseUpload = createEraseUpload(deps);
  const invalid = () => new NonRetryableError('invalid_message');
  return createBatchHandler(deps, {
    from: 'deletions',
    handle: async ({ body }, meta) =>
      eraseUpload(parseMessage(body, erasureMessage, invalid), meta),
  });
};

export const handler = createHandler(createEraseContainer());
