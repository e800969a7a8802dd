/** A tenant's webhooks, by its API key: made, shown, changed, given a new secret, removed; their log, and a replay. */
import { createWebhooksContainer } from '../shared/container-webhooks.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import type { WebhookRoute } from '../shared/contracts/routes/webhooks.ts';
import { createTenantHttpHandler, type TenantHttpDeps } from '../shared/lambda/http.ts';
import { createWebhookRoutes, type WebhookRoutesDeps } from '../shared/lambda/webhook-routes.ts';

export const createHandler = (deps: TenantHttpDeps & WebhookRoutesDeps) =>
  createTenantHttpHandler<AnswerOf<WebhookRoute>>(deps, createWebhookRoutes(deps));

export const handler = createHandler(createWebhooksContainer());
