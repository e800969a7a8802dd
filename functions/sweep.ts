/** The sweep, every minute: sends whatever is overdue on its way again, and announces objects that nobody announced. */
import { createSweepContainer } from '../shared/container.ts';
import { RetryableError } from '../shared/domain/errors.ts';
import { deadlineOf, type InvocationContext } from '../shared/lambda/invocation.ts';
import type { Logger } from '../shared/ports/logger.ts';
import { createSweep, type SweepDeps } from '../shared/usecases/sweep.ts';

export const createHandler = (deps: SweepDeps & { readonly logger: Logger }) => {
  const sweep = createSweep(deps);
  return async (_event: unknown, context: InvocationContext) => {
    const requestId = context.awsRequestId;
    const deadline = deadlineOf(context, deps.clock, new RetryableError('deadline_exceeded'));
    try {
      const logger = deps.logger.child({ requestId });
      return await sweep({ requestId, attempt: 1, signal: deadline.signal, logger });
    } finally {
      deadline.stop();
    }
  };
};

export const handler = createHandler(createSweepContainer());
