/** `POST /sessions`: a session for a user whom a tenant's API key names, or an anonymous one where that is allowed. */
import { createSignerContainer } from '../shared/container-http.ts';
import { createSessionBody } from '../shared/contracts/http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createOpenHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { createTakeTurn } from '../shared/lambda/rate.ts';
import {
  createAuthorize,
  createStartSession,
  type StartSessionDeps,
} from '../shared/usecases/start-session.ts';

export const createHandler = (deps: Pick<HttpDeps, 'logger' | 'rates'> & StartSessionDeps) => {
  const authorize = createAuthorize(deps);
  const startSession = createStartSession(deps);
  const takeTurn = createTakeTurn(deps.rates);
  return createOpenHttpHandler<AnswerOf<'POST /sessions'>>(deps, async (request) => {
    const tenant = await authorize(request.bearer());
    if (tenant === undefined) await takeTurn(deps.anonymousTenant, 'anonymous');
    else await takeTurn(tenant, 'requests');
    const { user } = request.optionalBody(createSessionBody);
    const session = await startSession(tenant, user);
    return {
      status: 201,
      headers: { location: '/sessions/current', 'cache-control': 'no-store' },
      body: { ...session, tokenType: 'Bearer' },
    };
  });
};

export const handler = createHandler(createSignerContainer());
