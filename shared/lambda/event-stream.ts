/** Server-Sent Events: who asks, what they have seen, and every event until there is no more, the caller leaves or time is up. */
import { once } from 'node:events';
import type { Writable } from 'node:stream';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Clock } from '../ports/clock.ts';
import { joinSignals } from '../ports/joined-signal.ts';
import type { Caller } from '../ports/session-verifier.ts';
import { createCallerOf, type HttpDeps } from './http.ts';
import { respondWithProblem } from './http-answer.ts';
import { type OpenRequest, requestOf } from './http-request.ts';
import { deadlineOf } from './invocation.ts';
import type { StreamHandler } from './response-stream.ts';

/** `data` is one line. A comment is heard by nobody and keeps the line alive. */
export type StreamEvent =
  | { readonly id: string; readonly event: string; readonly data: string }
  | { readonly comment: string };

export interface EventStreamDeps extends HttpDeps {
  readonly clock: Clock;
}

export interface EventStreamRoute {
  /** As in serverless.yml, with names in braces: a function URL matches no paths itself. */
  readonly path: string;
  /** What it throws before its first event is the answer's status; later, an event of its own. */
  events(request: OpenRequest, caller: Caller, signal: AbortSignal): AsyncIterable<StreamEvent>;
}

const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  'cache-control': 'private, no-store, no-transform',
  'x-content-type-options': 'nosniff',
} as const;

/** A client that lost the line comes back after this long. */
const RETRY_MS = 1_000;

const textOf = (event: StreamEvent): string =>
  'comment' in event
    ? `: ${event.comment}\n\n`
    : `id: ${event.id}\nevent: ${event.event}\ndata: ${event.data}\n\n`;

/** The names in braces and what stands for them; undefined for another path. */
const parametersIn = (path: string, rawPath: string): Record<string, string> | undefined => {
  const [wanted, given] = [path.split('/'), rawPath.split('/')];
  if (wanted.length !== given.length) return undefined;
  const parameters: Record<string, string> = {};
  for (const [index, part] of wanted.entries()) {
    const name = /^\{(\w+)\}$/.exec(part)?.[1];
    if (name !== undefined) parameters[name] = given[index] ?? '';
    else if (part !== given[index]) return undefined;
  }
  return parameters;
};

/**
 * The event with its path's parameters; without any of them for another method or path, so that it is not found. Events of
 * other gateways have neither where this one has them, whatever the type promises.
 */
const routed = (event: APIGatewayProxyEventV2, path: string): APIGatewayProxyEventV2 => {
  const isGet = event.requestContext?.http?.method === 'GET';
  const pathParameters = isGet ? (parametersIn(path, event.rawPath ?? '') ?? {}) : {};
  return { ...event, routeKey: `GET ${path}`, pathParameters };
};

/** Whoever does not take what is sent is waited for, but not past the end of the invocation. */
const send = async (stream: Writable, text: string, signal: AbortSignal): Promise<void> => {
  if (signal.aborted || stream.destroyed || stream.write(text)) return;
  await once(stream, 'drain', { signal }).catch(() => undefined);
};

/** `first` has been taken already: before it there was no head. */
const sendAll = async (
  stream: Writable,
  { first, rest }: { readonly first: StreamEvent; readonly rest: AsyncIterator<StreamEvent> },
  signal: AbortSignal,
): Promise<void> => {
  await send(stream, `retry: ${RETRY_MS}\n\n${textOf(first)}`, signal);
  for (let next = await rest.next(); next.done !== true; next = await rest.next()) {
    await send(stream, textOf(next.value), signal);
  }
};

/** What ended the events, for who has not got one yet: the answer's status and its body, which is short enough for the margin. */
const refuse = (
  open: Parameters<StreamHandler>[1],
  { statusCode = 500, headers = {}, body = '' }: ReturnType<typeof respondWithProblem>,
): Writable => {
  const texts = Object.entries(headers).map(([name, value]) => [name, String(value)]);
  const stream = open({ statusCode, headers: Object.fromEntries(texts) });
  stream.write(body);
  return stream;
};

/** Ends when the events do, when the caller has gone, and a margin before the invocation's time is up. */
export const createEventStreamHandler = (
  { sessions, rates, logger, clock }: EventStreamDeps,
  route: EventStreamRoute,
): StreamHandler => {
  const callerOf = createCallerOf({ sessions, rates });
  return async (event, open, context) => {
    const requestId = context.awsRequestId;
    const deadline = deadlineOf(context, clock, new Error('The invocation is almost over.'));
    const left = new AbortController();
    const { signal, release } = joinSignals(deadline.signal, left.signal);
    let stream: Writable | undefined;
    try {
      const request = requestOf(routed(event, route.path), requestId);
      const caller = await callerOf(request);
      const events = route.events(request, caller, signal)[Symbol.asyncIterator]();
      const first = await events.next();
      // 204 is how a server tells who comes back by itself that there is nothing to come back for.
      stream = open({ statusCode: first.done === true ? 204 : 200, headers: HEADERS });
      stream.once('close', () => left.abort());
      // Who has gone is an end as good as any.
      stream.on('error', () => left.abort());
      if (first.done !== true) await sendAll(stream, { first: first.value, rest: events }, signal);
    } catch (error) {
      const answer = respondWithProblem(error, requestId, logger);
      if (stream === undefined) stream = refuse(open, answer);
      else await send(stream, `event: problem\ndata: ${answer.body ?? ''}\n\n`, signal);
    } finally {
      release();
      deadline.stop();
      stream?.end();
    }
  };
};
