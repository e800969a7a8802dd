/** What no answer may be, whatever the request was. */

import { UPLOADS_BUCKET } from '../support/factories.ts';
import type { GatewayAnswer, GatewayRequest } from '../support/gateway.ts';
import { deviations, deviationsFromNotFound, misfits, operations } from '../support/openapi.ts';

/** Where the code is, and how it is built: nobody outside needs to know. */
const INSIDE = [
  /\n\s+at \S/,
  /\bat (async )?[\w.]+ \(/,
  /node_modules/,
  /node:internal/,
  /\.tsx?:\d+/,
  /arn:aws/,
  /(?:Type|Range|Syntax|Reference|Zod)Error/,
  /ConditionalCheckFailed|DynamoDB|ioredis/,
] as const;

/** Addresses of the storage name its buckets; refusals have no reason to. */
const INSIDE_OF_REFUSALS = [UPLOADS_BUCKET, 'memory://', 'nowhere'] as const;

const textOf = ({ headers, body }: GatewayAnswer): string => `${JSON.stringify(headers)}\n${body}`;

const leaks = (answer: GatewayAnswer): readonly string[] => {
  const text = textOf(answer);
  const told = INSIDE.filter((pattern) => pattern.test(text)).map((pattern) => `tells ${pattern}`);
  if (answer.status < 400) return told;
  const named = INSIDE_OF_REFUSALS.filter((name) => text.includes(name));
  return [...told, ...named.map((name) => `a refusal tells "${name}"`)];
};

const unsafeHeaders = ({ headers }: GatewayAnswer): readonly string[] => [
  ...Object.entries(headers)
    .filter(([, value]) => /[^\x20-\x7e]/.test(String(value)))
    .map(([name]) => `header ${name} is no visible ASCII`),
  ...(headers['x-content-type-options'] === 'nosniff' ? [] : ['nosniff is missing']),
  ...(headers['cache-control'] === undefined ? ['cache-control is missing'] : []),
];

/** Undefined when it is no JSON. */
const jsonOf = ({ body = '', isBase64Encoded = false }: GatewayRequest): unknown => {
  try {
    const text = Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8').toString('utf8');
    return text === '' ? {} : JSON.parse(text);
  } catch {
    return undefined;
  }
};

/** A body that the document forbids and the function took. */
const accepted = (request: GatewayRequest, answer: GatewayAnswer): readonly string[] => {
  const { requestBody } = operations.get(answer.routeKey ?? '') ?? {};
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined || answer.status >= 400) return [];
  return misfits(schema, jsonOf(request), 'as documented').map(
    (reason) => `took a body that is not documented: ${reason}`,
  );
};

const polluted = (): readonly string[] => {
  const found = ['polluted', 'tenant', 'state'].filter((name) => name in {});
  for (const name of found) Reflect.deleteProperty(Object.prototype, name);
  return found.map((name) => `every object has "${name}" now`);
};

/** All that is wrong with an answer; empty when nothing is. */
export const complaints = (request: GatewayRequest, answer: GatewayAnswer): readonly string[] => {
  return [
    ...(answer.status >= 500 ? [`status ${answer.status}: ${answer.body}`] : []),
    ...(answer.routeKey === undefined
      ? deviationsFromNotFound(answer)
      : deviations(answer.routeKey, answer)),
    ...leaks(answer),
    ...unsafeHeaders(answer),
    ...accepted(request, answer),
    ...polluted(),
  ];
};
