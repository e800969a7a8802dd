/** Requests as API Gateway hands them to the deployed functions, and what their callers are answered. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { InvocationContext } from '../../shared/lambda/invocation.ts';
import type { Principal } from '../../shared/ports/session-verifier.ts';
import { httpEvent } from '../support/envelopes.ts';
import { type Deps, depsOf, type FunctionName, TIMEOUT_SECONDS } from './functions.ts';
import type { Invocation } from './invocation.ts';
import type { Terms } from './lambda.ts';
import type { World } from './world.ts';

export type HttpFunction = (
  deps: Deps,
) => (
  event: APIGatewayProxyEventV2,
  context: InvocationContext,
) => Promise<APIGatewayProxyStructuredResultV2>;

export interface Request {
  readonly name: FunctionName;
  readonly createHandler: HttpFunction;
  readonly method: string;
  /** As in serverless.yml. */
  readonly path: string;
  readonly principal: Principal;
  readonly uploadId: string;
  /** Beside the id. */
  readonly parameters?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Answer {
  readonly status: number;
  readonly headers: APIGatewayProxyStructuredResultV2['headers'];
  readonly body: unknown;
}

/** What a gateway says for a function that did not answer. */
const NO_ANSWER: Answer = { status: 503, headers: {}, body: undefined };

/** Invokes a function again while it does not answer, six times in all; `onAnswer` is called at most once. */
export const insist = <T>(
  world: World,
  [terms, run]: readonly [terms: Terms, run: (inv: Invocation) => Promise<T>],
  onAnswer: (answer: T) => void,
  left = 5,
): void =>
  world.lambda.invoke(terms, run, (ended) => {
    if (ended.kind === 'answered') onAnswer(ended.answer);
    else if (left > 0) {
      world.scheduler.after(5_000, () => insist(world, [terms, run], onAnswer, left - 1));
    }
  });

/** Sends one request; `onAnswer` is called once. */
export const send = (world: World, request: Request, onAnswer: (answer: Answer) => void): void => {
  const { name, createHandler, method, path, principal, uploadId, parameters, query, body } =
    request;
  const { lambda, stores, onLog } = world;
  const event = httpEvent({
    method,
    path,
    headers: { authorization: `Bearer ${principal.tenant}.${principal.owner}` },
    pathParameters: { id: uploadId, ...parameters },
    ...(query === undefined ? {} : { query }),
    body,
  });
  lambda.invoke(
    { name, timeoutSeconds: TIMEOUT_SECONDS[name], uploads: [uploadId] },
    (inv, context) => createHandler(depsOf(inv, stores, onLog))(event, context),
    (ended) => {
      if (ended.kind !== 'answered') return onAnswer(NO_ANSWER);
      const { statusCode = 500, headers, body: text } = ended.answer;
      const json = text === undefined ? undefined : JSON.parse(text);
      onAnswer({ status: statusCode, headers, body: json });
    },
  );
};
