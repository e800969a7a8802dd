/** The finalizer: ends an upload whose steps have all ended and a group whose members have, and tells about it. */
import { createFinalizeContainer } from '../shared/container.ts';
import { createFinalizeHandler } from '../shared/lambda/finalizer.ts';
import type { BatchDeps } from '../shared/lambda/sqs-batch.ts';
import type { FinalizeDeps } from '../shared/usecases/finalize-upload.ts';

export const createHandler = (deps: BatchDeps & FinalizeDeps) => createFinalizeHandler(deps);

export const handler = createHandler(createFinalizeContainer());
