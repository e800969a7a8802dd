/** `DELETE /sessions/current`: ends the caller's own session at once. */
import { createSessionContainer } from '../shared/container-http.ts';
import type { AnswerOf } from '../shared/contracts/routes/routes.ts';
import { createHttpHandler, type HttpDeps } from '../shared/lambda/http.ts';
import { createEndSession, type EndSessionDeps } from '../shared/usecases/end-session.ts';

export const createHandler = (deps: HttpDeps & EndSessionDeps) => {
  const endSession = createEndSession(deps);
  return createHttpHandler<AnswerOf<'DELETE /sessions/current'>>(deps, async (request) => {
    await endSession(request.principal);
    return { status: 204 };
  });
};

export const handler = createHandler(createSessionContainer());
