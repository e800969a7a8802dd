/** The one http wrapper: who asks, and how often, before a route does what it does. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { RequestError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Caller, Principal, SessionVerifier } from '../ports/session-verifier.ts';
import { type HttpAnswer, respond, respondWithProblem } from './http-answer.ts';
import { type OpenRequest, requestOf } from './http-request.ts';
import type { InvocationContext } from './invocation.ts';
import { createTakeTurn, kindOf } from './rate.ts';

export interface HttpDeps {
  readonly sessions: SessionVerifier;
  /** Absent: nobody counts how often a tenant asks. */
  readonly rates?: RateLimiter | undefined;
  readonly logger: Logger;
}

export interface HttpRequest extends OpenRequest {
  readonly principal: Principal;
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: InvocationContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Wraps what a route does that nobody needs a session for. Whatever is thrown becomes a problem; the caller learns
 * its own mistakes and no one else's.
 */
export const createOpenHttpHandler =
  <Answer extends HttpAnswer = HttpAnswer>(
    { logger }: Pick<HttpDeps, 'logger'>,
    handle: (request: OpenRequest) => Promise<Answer>,
  ): HttpHandler =>
  async (event, context) => {
    const requestId = context.awsRequestId;
    try {
      return respond(await handle(requestOf(event, requestId)));
    } catch (error) {
      return respondWithProblem(error, requestId, logger);
    }
  };

export interface TenantHttpDeps {
  readonly authorizeTenant: (apiKey: string | undefined) => Promise<string>;
  readonly rates?: RateLimiter | undefined;
  readonly logger: Logger;
}

export interface TenantRequest extends OpenRequest {
  readonly tenant: string;
}

/** Wraps what one route does for a tenant itself, by its API key; no session of a user gets in. */
export const createTenantHttpHandler = <Answer extends HttpAnswer = HttpAnswer>(
  { authorizeTenant, rates, logger }: TenantHttpDeps,
  handle: (request: TenantRequest) => Promise<Answer>,
): HttpHandler => {
  const takeTurn = createTakeTurn(rates);
  return createOpenHttpHandler({ logger }, async (request) => {
    const tenant = await authorizeTenant(request.bearer());
    await takeTurn(tenant, kindOf(request.routeKey));
    return handle({ ...request, tenant });
  });
};

/** A request counts once, and only for a session that holds: a revoked one cannot empty its tenant's bucket. */
const countedCaller = (caller: Caller, takeTurn: () => Promise<void>): Caller => {
  let turn: Promise<void> | undefined;
  return {
    ...caller,
    async confirm(seen) {
      if (!(await caller.confirm(seen))) return false;
      turn ??= takeTurn();
      await turn;
      return true;
    },
  };
};

/** Whom a request's token names. @throws RequestError `unauthenticated`. */
export const createCallerOf = ({ sessions, rates }: Pick<HttpDeps, 'sessions' | 'rates'>) => {
  const takeTurn = createTakeTurn(rates);
  return async (request: OpenRequest): Promise<Caller> => {
    const token = request.bearer();
    const caller = token === undefined ? undefined : await sessions.identify(token);
    if (caller === undefined) throw new RequestError('unauthenticated');
    return countedCaller(caller, () => takeTurn(caller.tenant, kindOf(request.routeKey)));
  };
};

/**
 * Wraps what one route does for whom a genuine token names; who that is comes before anything else of the request. What
 * the route answers, it answers only after `caller.confirm()`: it asks for the session together with what it reads anyway.
 */
export const createCallerHttpHandler = <Answer extends HttpAnswer = HttpAnswer>(
  { sessions, rates, logger }: HttpDeps,
  handle: (request: OpenRequest, caller: Caller) => Promise<Answer>,
): HttpHandler => {
  const callerOf = createCallerOf({ sessions, rates });
  return createOpenHttpHandler({ logger }, async (request) =>
    handle(request, await callerOf(request)),
  );
};

/**
 * Wraps what one route does for whom a valid session speaks; whether it holds comes before anything else. Named with the
 * `AnswerOf` its route, it is held to what the OpenAPI document promises.
 */
export const createHttpHandler = <Answer extends HttpAnswer = HttpAnswer>(
  deps: HttpDeps,
  handle: (request: HttpRequest) => Promise<Answer>,
): HttpHandler =>
  createCallerHttpHandler(deps, async (request, caller) => {
    if (!(await caller.confirm())) throw new RequestError('unauthenticated');
    const { tenant, owner, session } = caller;
    const principal = session === undefined ? { tenant, owner } : { tenant, owner, session };
    return handle({ ...request, principal });
  });
