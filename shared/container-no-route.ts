/** What answers where there is no route is built from: nothing that any store, queue or cache would need. */
import { createJsonLogger } from './adapters/json-logger.ts';
import { readConfig } from './config.ts';

export const createNoRouteContainer = () => {
  const { STAGE: stage, LOG_LEVEL: level } = readConfig(['STAGE', 'LOG_LEVEL']);
  return { logger: createJsonLogger({ level, base: { stage } }) };
};
