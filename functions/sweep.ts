/** The sweep, every minute: sends whatever is overdue on its way again, and announces objects that nobody announced. */
import { createSweepContainer } from '../shared/container.ts';
import { createSweepHandler, type SweepHandlerDeps } from '../shared/lambda/sweep.ts';

export const createHandler = (deps: SweepHandlerDeps) => createSweepHandler(deps);

export const handler = createHandler(createSweepContainer());
