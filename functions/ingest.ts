/** An object arrived: finds its upload, looks at its first bytes, plans its steps and sends them. Takes every shape such news comes in. */
import type { SQSEvent } from 'aws-lambda';
import { createIngestContainer } from '../shared/container.ts';
import { detectType } from '../shared/detection/detect-type.ts';
import { createIngestHandler, type IngestHandlerDeps } from '../shared/lambda/ingest.ts';
import type { InvocationContext } from '../shared/lambda/invocation.ts';
import { plannables } from '../shared/processors/plannables.ts';

export const createHandler = (deps: IngestHandlerDeps) => {
  const ingest = createIngestHandler(deps);
  return (event: SQSEvent | object, context: InvocationContext) => ingest(event, context);
};

export const handler = createHandler({
  ...createIngestContainer(),
  detectType,
  processors: plannables,
});
