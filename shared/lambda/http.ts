/** The one http wrapper: who asks, what they send, what they get back, and every error as a problem. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { ZodType } from 'zod';
import { RequestError } from '../domain/errors.ts';
import type { Logger } from '../ports/logger.ts';
import type { RateLimiter } from '../ports/rate-limiter.ts';
import type { Caller, Principal, SessionVerifier } from '../ports/session-verifier.ts';
import type { InvocationContext } from './invocation.ts';
import { problemOf } from './problem.ts';
import { createTakeTurn, RateError } from './rate.ts';

export interface HttpDeps {
  readonly sessions: SessionVerifier;
  /** Absent: nobody counts how often a tenant asks. */
  readonly rates?: RateLimiter | undefined;
  readonly logger: Logger;
}

/** A request of whoever it may be. */
export interface OpenRequest {
  readonly requestId: string;
  /** Method and path as they stand in serverless.yml, for a function of several routes. */
  readonly routeKey: string;
  /** The bearer token, not looked at; undefined when there is no header at all. @throws RequestError `unauthenticated`. */
  bearer(): string | undefined;
  /** By lower-case name. */
  header(name: string): string | undefined;
  /** @throws RequestError `invalid_request`, naming the header. */
  checkedHeader<T>(name: string, schema: ZodType<T>): T;
  /** @throws RequestError `not_found`: an address that cannot exist is one that does not. */
  path<T>(schema: ZodType<T>): T;
  /** @throws RequestError `invalid_request`, saying which field is wrong. */
  query<T>(schema: ZodType<T>): T;
  /** The JSON body. @throws RequestError `invalid_request`. */
  body<T>(schema: ZodType<T>, maxBytes?: number): T;
  /** The same, where sending none says `{}`. */
  optionalBody<T>(schema: ZodType<T>, maxBytes?: number): T;
}

export interface HttpRequest extends OpenRequest {
  readonly principal: Principal;
}

export interface HttpAnswer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
  /** A body that is JSON already; then there is no other. */
  readonly json?: string;
}

export type HttpHandler = (
  event: APIGatewayProxyEventV2,
  context: InvocationContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

/** Our bodies are a few hundred bytes; API Gateway itself would let 10 MB through. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_TOKEN_CHARACTERS = 8192;

const bearerOf = (header: string | undefined): string | undefined => {
  if (header === undefined) return undefined;
  const isShort = header.length <= MAX_TOKEN_CHARACTERS;
  const token = isShort ? /^Bearer ([\w.~+/=-]+)$/i.exec(header)?.[1] : undefined;
  if (token === undefined) throw new RequestError('unauthenticated');
  return token;
};

const checked = <T>(schema: ZodType<T>, value: unknown, what = 'request'): T => {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue?.path.join('.') || what;
  throw new RequestError('invalid_request', {
    detail: `${where}: ${issue?.message ?? 'invalid'}.`,
  });
};

const jsonOf = (
  { body, isBase64Encoded }: APIGatewayProxyEventV2,
  maxBytes = MAX_BODY_BYTES,
): unknown => {
  // Some gateways say null where there is none, whatever the type promises.
  const bytes = Buffer.from(body ?? '', isBase64Encoded ? 'base64' : 'utf8');
  if (bytes.byteLength > maxBytes) {
    const detail = `The body is larger than ${maxBytes / 1024} KiB.`;
    throw new RequestError('invalid_request', { detail });
  }
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (cause) {
    throw new RequestError('invalid_request', { detail: 'The body is not JSON.', cause });
  }
};

/** An event of the HTTP API, or of a function URL, which has the same shape. */
export const requestOf = (event: APIGatewayProxyEventV2, requestId: string): OpenRequest => ({
  requestId,
  // Events of other gateways have none, whatever the type promises.
  routeKey: event.routeKey ?? '',
  bearer: () => bearerOf(event.headers?.authorization),
  header: (name) => event.headers?.[name],
  checkedHeader: (name, schema) => checked(schema, event.headers?.[name], name),
  path(schema) {
    const parsed = schema.safeParse(event.pathParameters ?? {});
    if (!parsed.success) throw new RequestError('not_found');
    return parsed.data;
  },
  query: (schema) => checked(schema, event.queryStringParameters ?? {}),
  body: (schema, maxBytes) => checked(schema, jsonOf(event, maxBytes)),
  optionalBody: (schema, maxBytes) => checked(schema, event.body ? jsonOf(event, maxBytes) : {}),
});

const respond = (answer: HttpAnswer): APIGatewayProxyStructuredResultV2 => {
  const { status, headers = {}, body } = answer;
  const json = answer.json ?? (body === undefined ? undefined : JSON.stringify(body));
  return {
    statusCode: status,
    headers: {
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(json === undefined ? {} : { body: json }),
  };
};

const RETRY_AFTER_SECONDS = '2';
/** Room comes with the next file that arrives; nobody knows when that is. */
const ROOM_AFTER_SECONDS = '5';
const ROOM_CODES: ReadonlySet<string> = new Set(['too_many_uploads', 'too_many_bytes']);

/** What was thrown, as the answer to it; what is no mistake of the caller is logged. */
export const respondWithProblem = (error: unknown, requestId: string, logger: Logger) => {
  if (!(error instanceof RequestError)) logger.error({ err: error, requestId }, 'request failed');
  const problem = problemOf(error, requestId);
  return respond({
    status: problem.status,
    headers: {
      'content-type': 'application/problem+json',
      ...(problem.status === 401 ? { 'www-authenticate': 'Bearer' } : {}),
      ...(error instanceof RateError ? error.headers : {}),
      ...(ROOM_CODES.has(problem.code) ? { 'retry-after': ROOM_AFTER_SECONDS } : {}),
      ...(problem.status === 503 ? { 'retry-after': RETRY_AFTER_SECONDS } : {}),
    },
    body: problem,
  });
};

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
    await takeTurn(tenant, request.routeKey);
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
    return countedCaller(caller, () => takeTurn(caller.tenant, request.routeKey));
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
