/** The heavy lane: steps that decode it, with memory and time of their own. */
import { createWorkerContainer } from '../shared/container.ts';
import { createWorkerHandler, type WorkerDeps } from '../shared/lambda/worker.ts';
import { heavyProcessorNamed } from '../shared/processors/lanes/heavy.ts';

export const createHandler = (deps: WorkerDeps) => createWorkerHandler(deps, 'heavy');

export const handler = createHandler({
  ...createWorkerContainer(),
  processorNamed: heavyProcessorNamed,
});
