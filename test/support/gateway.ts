/** What the HTTP API in front of the functions does, in memory: it finds the route of a request and hands it on as an event. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { templateRoutes } from '../../local/openapi/template-routes.ts';
import { httpEvent, invocation } from './envelopes.ts';
import { createFunctions, type FunctionsOptions } from './functions.ts';
import type { JudgedAnswer } from './openapi.ts';

const routes = templateRoutes();

export interface GatewayRequest {
  readonly method: string;
  /** With its query, percent-encoded. */
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly isBase64Encoded?: boolean;
}

export interface GatewayAnswer extends JudgedAnswer {
  /** Undefined: no route fits. */
  readonly routeKey: string | undefined;
}

interface Match {
  readonly routeKey: string;
  readonly parameters: Readonly<Record<string, string>>;
}

const decoded = (segment: string): string | undefined => {
  try {
    return decodeURIComponent(segment);
  } catch {
    return undefined;
  }
};

const parametersOf = (
  pattern: string,
  path: string,
): Readonly<Record<string, string>> | undefined => {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  if (wanted.length !== given.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [index, part] of wanted.entries()) {
    const segment = decoded(given[index] ?? '');
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name === undefined && part !== segment) return undefined;
    // A greedy gateway would not take an empty one either.
    if (name !== undefined && !segment) return undefined;
    if (name !== undefined && segment !== undefined) parameters.push([name, segment]);
  }
  return Object.fromEntries(parameters);
};

const matchOf = (method: string, path: string): Match | undefined => {
  for (const routeKey of routes.keys()) {
    const [verb, pattern = ''] = routeKey.split(' ');
    const parameters = verb === method ? parametersOf(pattern, path) : undefined;
    if (parameters !== undefined) return { routeKey, parameters };
  }
  return undefined;
};

/** As an HTTP API calls it. */
const NO_ROUTE: Match = { routeKey: '$default', parameters: {} };

/** The functions of the API over one fresh world, behind their routes. */
export const createGateway = async (options: FunctionsOptions = {}) => {
  const world = await createFunctions(options);

  /** Time passes for a function that waits, and for no other: real work takes none. */
  const settled = async <T>(work: Promise<T>): Promise<T> => {
    let isDone = false;
    const done = work.finally(() => {
      isDone = true;
    });
    done.catch(() => undefined);
    while (!isDone) {
      await new Promise((resolve) => setImmediate(resolve));
      const wakeAt = world.clock.nextWakeAt();
      if (!isDone && wakeAt !== undefined) world.clock.tick(wakeAt - world.clock.now());
    }
    return done;
  };

  const send = async (request: GatewayRequest): Promise<GatewayAnswer> => {
    const { method, url, headers = {}, ...rest } = request;
    const { pathname, searchParams } = new URL(url, 'http://gateway.test');
    const match = matchOf(method, pathname);
    const { routeKey, parameters } = match ?? NO_ROUTE;
    // A query that names a field twice reaches the function with both values in one.
    const query: Record<string, string> = {};
    for (const name of new Set(searchParams.keys())) query[name] = searchParams.getAll(name).join();
    const event = {
      ...httpEvent({
        method,
        path: pathname,
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
        ),
        ...(Object.keys(parameters).length === 0 ? {} : { pathParameters: parameters }),
        ...(searchParams.size === 0 ? {} : { query }),
        ...rest,
      }),
      routeKey,
    };
    const invoke = world.invoke[match === undefined ? 'no-route' : (routes.get(routeKey) ?? '')];
    if (invoke === undefined) throw new Error(`No function answers ${routeKey}.`);
    const answer = (await settled(
      invoke(event, invocation()),
    )) as APIGatewayProxyStructuredResultV2;
    return {
      routeKey: match?.routeKey,
      status: answer.statusCode ?? 0,
      headers: answer.headers ?? {},
      body: answer.body ?? '',
    };
  };

  return { ...world, send };
};
