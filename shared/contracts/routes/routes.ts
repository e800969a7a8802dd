/**
 * Every route of the HTTP API, by its name in serverless.yml, and those of function URLs. A new one needs an entry here to get into the OpenAPI
 * document; a test misses it otherwise.
 */
import { eventRoutes } from './events.ts';
import { groupRoutes } from './groups.ts';
import { partRoutes } from './parts.ts';
import { resultRoutes } from './results.ts';
import type { AnswerTo } from './route.ts';
import { sessionRoutes } from './sessions.ts';
import { uploadRoutes } from './uploads.ts';
import { webhookRoutes } from './webhooks.ts';

export const routes = {
  ...sessionRoutes,
  ...uploadRoutes,
  ...eventRoutes,
  ...resultRoutes,
  ...partRoutes,
  ...groupRoutes,
  ...webhookRoutes,
};

export type RouteKey = keyof typeof routes;

/** What the function of this route may answer. */
export type AnswerOf<Key extends RouteKey> = {
  [One in Key]: AnswerTo<(typeof routes)[One]>;
}[Key];
