/** The operator's entrance: one validated command per invocation. Whoever may invoke the function may do all of it. */
import { operatorCommand } from '../contracts/operate.ts';
import { RequestError, RetryableError } from '../domain/errors.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeadLetterStore } from '../ports/dead-letter-store.ts';
import type { Logger } from '../ports/logger.ts';
import type { TenantBudgetStore } from '../ports/tenant-budget-store.ts';
import { createExplainUpload } from '../usecases/explain-upload.ts';
import { createListLetters } from '../usecases/list-letters.ts';
import { createRebuildView } from '../usecases/rebuild-view.ts';
import { createRedriveLetters, type OperatorRun } from '../usecases/redrive-letters.ts';
import { createReprocessUpload, type ReprocessDeps } from '../usecases/reprocess-upload.ts';
import { type BudgetedProcessor, createSetTenantBudget } from '../usecases/tenant-budgets.ts';
import { createSetTenantQuota, type SetTenantQuotaDeps } from '../usecases/tenant-quotas.ts';
import { deadlineOf, type InvocationContext } from './invocation.ts';

export interface OperateDeps extends ReprocessDeps, SetTenantQuotaDeps {
  readonly letters: DeadLetterStore;
  readonly tenantBudgets: TenantBudgetStore;
  readonly processors: ReprocessDeps['processors'] & readonly BudgetedProcessor[];
  readonly clock: Clock;
  readonly logger: Logger;
}

export type OperateHandler = (event: unknown, context: InvocationContext) => Promise<object>;

const commandIn = (event: unknown) => {
  const parsed = operatorCommand.safeParse(event);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || 'the command';
  throw new RequestError('invalid_request', {
    detail: `${where}: ${issue?.message ?? 'invalid'}.`,
  });
};

/** @throws RequestError for a command that is not valid or names nothing; its message is what the operator sees. */
export const createOperateHandler = (deps: OperateDeps): OperateHandler => {
  const listLetters = createListLetters(deps);
  const reprocessUpload = createReprocessUpload(deps);
  const redriveLetters = createRedriveLetters({ ...deps, reprocessUpload });
  const rebuildView = createRebuildView(deps);
  const explainUpload = createExplainUpload(deps);
  const setTenantBudget = createSetTenantBudget(deps.tenantBudgets, deps.processors);

  const setTenantQuota = createSetTenantQuota(deps);

  const obey = async (event: unknown, run: OperatorRun): Promise<object> => {
    const command = commandIn(event);
    run.logger.info({ command }, 'operator command');
    switch (command.command) {
      case 'dead-letters':
        return listLetters(command, run.signal);
      case 'redrive':
        return redriveLetters(command, run);
      case 'reprocess': {
        const { requestId, attempt } = run;
        const { id, generation, state } = await reprocessUpload(
          command.uploadId,
          { requestId, attempt },
          { isFresh: command.fresh },
        );
        return { uploadId: id, generation, state };
      }
      case 'rebuild-view':
        return rebuildView(command, run.signal);
      case 'explain':
        return explainUpload(command.uploadId);
      case 'tenant-budget':
        return setTenantBudget(command);
      case 'tenant-quota':
        return setTenantQuota(command);
    }
  };

  return async (event, context) => {
    const requestId = context.awsRequestId;
    const reason = new RetryableError('deadline_exceeded');
    const { signal, stop } = deadlineOf(context, deps.clock, reason);
    try {
      const logger = deps.logger.child({ requestId });
      return await obey(event, { requestId, attempt: 1, signal, logger });
    } finally {
      stop();
    }
  };
};
