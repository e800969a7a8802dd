/** The routes under `/webhooks`, each one call of a use case. */
import type { AnswerOf } from '../contracts/routes/routes.ts';
import type { WebhookRoute } from '../contracts/routes/webhooks.ts';
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
import type { TenantRequest } from './http.ts';

export type WebhookRoutesDeps = ManageWebhooksDeps & WebhookLogDeps;

type Answer = AnswerOf<WebhookRoute>;
type Routes = {
  readonly [Key in WebhookRoute]: (request: TenantRequest) => Promise<AnswerOf<Key>>;
};

/** What is shown once must not stay in a cache on its way. */
const SECRET_HEADERS = { 'cache-control': 'no-store' } as const;

const refOf = ({ tenant, path }: TenantRequest) => ({ tenant, id: path(webhookPath).webhookId });

export const createWebhookRoutes = (
  deps: WebhookRoutesDeps,
): ((request: TenantRequest) => Promise<Answer>) => {
  const manage = createManageWebhooks(deps);
  const log = createWebhookLog(deps);

  const routes: Routes = {
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

  const isRoute = (key: string): key is WebhookRoute => key in routes;
  return (request): Promise<Answer> => {
    if (!isRoute(request.routeKey)) throw new RequestError('not_found');
    return routes[request.routeKey](request);
  };
};
