/** The routes under `/webhooks`, each one call of a use case. */
import {
  changeWebhookBody,
  createWebhookBody,
  deliveryPath,
  listDeliveriesQuery,
  rotateSecretBody,
  webhookPath,
} from '../contracts/webhooks.ts';
import { RequestError } from '../domain/errors.ts';
import { createManageWebhooks, type ManageWebhooksDeps } from '../usecases/manage-webhooks.ts';
import { createWebhookLog, type WebhookLogDeps } from '../usecases/webhook-log.ts';
import type { HttpAnswer, TenantRequest } from './http.ts';

export type WebhookRoutesDeps = ManageWebhooksDeps & WebhookLogDeps;

type Route = (request: TenantRequest) => Promise<HttpAnswer>;

/** What is shown once must not stay in a cache on its way. */
const SECRET_HEADERS = { 'cache-control': 'no-store' } as const;

const refOf = ({ tenant, path }: TenantRequest) => ({ tenant, id: path(webhookPath).webhookId });

export const createWebhookRoutes = (deps: WebhookRoutesDeps): Route => {
  const manage = createManageWebhooks(deps);
  const log = createWebhookLog(deps);

  const routes: Readonly<Record<string, Route>> = {
    'POST /webhooks': async ({ tenant, body }) => {
      const made = await manage.create(tenant, body(createWebhookBody));
      const location = `/webhooks/${made.webhook.id}`;
      return { status: 201, headers: { location, ...SECRET_HEADERS }, body: made };
    },
    'GET /webhooks': async ({ tenant }) => ({
      status: 200,
      body: { webhooks: await manage.list(tenant) },
    }),
    'GET /webhooks/{webhookId}': async (request) => ({
      status: 200,
      body: { webhook: await manage.find(refOf(request)) },
    }),
    'PATCH /webhooks/{webhookId}': async (request) => {
      const ref = refOf(request);
      return {
        status: 200,
        body: { webhook: await manage.change(ref, request.body(changeWebhookBody)) },
      };
    },
    'DELETE /webhooks/{webhookId}': async (request) => {
      await manage.remove(refOf(request));
      return { status: 204 };
    },
    'POST /webhooks/{webhookId}/secret': async (request) => {
      const ref = refOf(request);
      const { keepOldSeconds } = request.optionalBody(rotateSecretBody);
      const body = await manage.rotate(ref, keepOldSeconds);
      return { status: 200, headers: SECRET_HEADERS, body };
    },
    'GET /webhooks/{webhookId}/deliveries': async (request) => {
      const ref = refOf(request);
      return { status: 200, body: await log.list(ref, request.query(listDeliveriesQuery)) };
    },
    'POST /webhooks/{webhookId}/deliveries/{deliveryId}/replay': async (request) => {
      const { deliveryId } = request.path(deliveryPath);
      return { status: 202, body: { delivery: await log.replay(refOf(request), deliveryId) } };
    },
  };

  return (request) => {
    const route = routes[request.routeKey];
    if (route === undefined) throw new RequestError('not_found');
    return route(request);
  };
};
