/** What an HTTP request says, each part of it checked when it is asked for. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { ZodType } from 'zod';
import { RequestError } from '../domain/errors.ts';

/** A request of whoever it may be. */
export interface OpenRequest {
  readonly requestId: string;
  /** Method and path as they stand in serverless.yml, for a function of several routes. */
  readonly routeKey: string;
  /** Method and path as they were sent, for what has no route. */
  readonly target: string;
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
  target: `${event.requestContext?.http?.method} ${event.rawPath}`,
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
