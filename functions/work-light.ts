/** The light lane: steps that stream the object once. */
import { createLightWorkerContainer } from '../shared/container.ts';
import { createWorkerHandler, type WorkerDeps } from '../shared/lambda/worker.ts';
import { lightProcessorNamed } from '../shared/processors/lanes/light.ts';

export const createHandler = (deps: WorkerDeps) => createWorkerHandler(deps, 'light');

export const handler = createHandler({
  ...createLightWorkerContainer(),
  processorNamed: lightProcessorNamed,
});
