/** One run of the sweep: uploads and webhooks, side by side. Neither keeps the other from its work. */
import { RetryableError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { NotifyWebhooksDeps } from '../usecases/notify-webhooks.ts';
import { createSweep, type SweepDeps, type SweepReport } from '../usecases/sweep.ts';
import { createSweepWebhooks } from '../usecases/sweep-webhooks.ts';
import { deadlineOf, type InvocationContext } from './invocation.ts';

export type SweepHandlerDeps = SweepDeps & NotifyWebhooksDeps & { readonly logger: Logger };

export interface SweepAnswer extends SweepReport {
  /** Requests to webhooks that were sent on. */
  readonly webhooks: number;
}

export type SweepHandler = (event: unknown, context: InvocationContext) => Promise<SweepAnswer>;

const causesOf = (reason: unknown): readonly unknown[] =>
  reason instanceof AggregateError ? reason.errors : [reason];

/** @throws AggregateError when part of it failed, with what failed and why; what failed is due again in the next run. */
export const createSweepHandler = (deps: SweepHandlerDeps): SweepHandler => {
  const sweep = createSweep(deps);
  const sweepWebhooks = createSweepWebhooks(deps);

  return async (_event, context) => {
    const requestId = context.awsRequestId;
    const deadline = deadlineOf(context, deps.clock, new RetryableError('deadline_exceeded'));
    try {
      const logger = deps.logger.child({ requestId });
      const run = { requestId, attempt: 1, signal: deadline.signal, logger };
      const [uploads, webhooks] = await Promise.allSettled([
        sweep(run),
        sweepWebhooks(deadline.signal),
      ]);
      if (uploads.status === 'fulfilled' && webhooks.status === 'fulfilled') {
        return { ...uploads.value, webhooks: webhooks.value };
      }
      const failures = [uploads, webhooks].flatMap((part) =>
        part.status === 'rejected' ? causesOf(part.reason) : [],
      );
      // The runtime would print the sentence alone.
      const err = new AggregateError(failures, 'Part of the sweep failed.');
      logger.error({ err }, 'part of the sweep failed');
      throw err;
    } finally {
      deadline.stop();
    }
  };
};
