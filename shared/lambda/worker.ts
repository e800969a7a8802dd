/** A lane's worker: runs the steps of each message. Both lanes are this, with other memory, time and neighbours. */
import { laneMessage } from '../contracts/messages.ts';
import { NonRetryableError } from '../domain/errors.ts';
import type { Lane } from '../domain/plan.ts';
import { createRunSteps, type RunStepsDeps } from '../usecases/run-steps.ts';
import {
  type BatchDeps,
  type BatchHandler,
  createBatchHandler,
  parseMessage,
} from './sqs-batch.ts';

export type WorkerDeps = BatchDeps & RunStepsDeps;

export const createWorkerHandler = (deps: WorkerDeps, lane: Lane): BatchHandler => {
  const runSteps = createRunSteps(deps);
  return createBatchHandler(deps, {
    from: lane,
    handle: ({ body }, meta) => {
      const message = parseMessage(
        body,
        laneMessage,
        () => new NonRetryableError('invalid_message'),
      );
      const { uploadId, generation, steps } = message;
      return runSteps(message, {
        ...meta,
        logger: meta.logger.child({ uploadId, generation, steps }),
      });
    },
  });
};
