/** Works every dead-letter queue: keeps what died readable, and sees to it that its upload still ends. */
import { createBuryContainer } from '../shared/container.ts';
import { detectType } from '../shared/detection/detect-type.ts';
import { type BuryHandlerDeps, createBuryHandler } from '../shared/lambda/bury.ts';
import { plannables } from '../shared/processors/plannables.ts';

export const createHandler = (deps: BuryHandlerDeps) => createBuryHandler(deps);

export const handler = createHandler({
  ...createBuryContainer(),
  detectType,
  processors: plannables,
});
