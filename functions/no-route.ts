/** Whatever no route fits: the OpenAPI document at its address, and anywhere else the 404 that every route has. */
import document from '../docs/openapi.json' with { type: 'json' };
import { createNoRouteContainer } from '../shared/container-no-route.ts';
import { RequestError } from '../shared/domain/errors.ts';
import { createOpenHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';

const json = JSON.stringify(document);

export const createHandler = (deps: Pick<HttpDeps, 'logger'>) =>
  createOpenHttpHandler(deps, async ({ target }) => {
    if (target !== 'GET /openapi.json') throw new RequestError('not_found');
    return { status: 200, headers: { 'cache-control': 'public, max-age=300' }, json };
  });

export const handler = createHandler(createNoRouteContainer());
