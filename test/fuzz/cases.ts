/** Requests for every operation of the OpenAPI document: its example, with a few things in it that should not be. */
import fc from 'fast-check';
import { exampleRequest, type Prepared } from '../openapi/examples.ts';
import type { GatewayRequest } from '../support/gateway.ts';
import { type Operation, operations } from '../support/openapi.ts';
import { fitting } from './from-schema.ts';
import { hostileBody, hostileKey, hostileString, hostileValue, type RawBody } from './hostile.ts';

/** Of a value that something is done to: which of its places, and what. */
interface Spoiling {
  readonly place: number;
  readonly how: 'replace' | 'drop' | 'add';
  readonly key: string;
  readonly value: unknown;
}

type Body =
  | { readonly kind: 'example' }
  | { readonly kind: 'fitting'; readonly value: unknown }
  | { readonly kind: 'spoilt'; readonly spoilings: readonly Spoiling[] }
  | { readonly kind: 'raw'; readonly body: RawBody };

export interface Case {
  readonly routeKey: string;
  /** Whether what the example takes for granted is done before. */
  readonly isAdvanced: boolean;
  readonly method: string | undefined;
  readonly authorization: string | undefined;
  /** In place of the segments of the path, by number. */
  readonly segments: readonly (readonly [number, string])[];
  readonly query: readonly (readonly [string, string])[];
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Body;
}

const TOKENS = [
  '',
  'Bearer',
  'Bearer ',
  'Basic dXNlcjpwYXNz',
  'Bearer null',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
  `Bearer ${'a'.repeat(9_000)}`,
  'Bearer slk.dev.1.2',
  'bearer x',
] as const;

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'TRACE'] as const;

/** What may stand in a header of a request at all: the rest no server lets through. */
const headerText = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?');

const HEADERS = [
  ...['content-type', 'content-length', 'content-encoding', 'accept', 'if-none-match', 'if-match'],
  ...['idempotency-key', 'range', 'origin', 'cookie', 'host', 'x-forwarded-for', 'x-tenant'],
  ...['x-http-method-override', 'transfer-encoding', 'expect', '__proto__', 'constructor'],
] as const;

const sometimes = <T>(arbitrary: fc.Arbitrary<T>, most: number): fc.Arbitrary<T[]> =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constant<T[]>([]) },
    { weight: 2, arbitrary: fc.array(arbitrary, { minLength: 1, maxLength: most }) },
  );

/** What is decided early keeps the rest of a request from being looked at. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: 15, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });

const spoiling: fc.Arbitrary<Spoiling> = fc.record({
  place: fc.nat(50),
  how: fc.constantFrom('replace', 'drop', 'add'),
  key: hostileKey,
  value: hostileValue,
});

const bodyOf = ({ requestBody }: Operation): fc.Arbitrary<Body> => {
  const example = fc.constant<Body>({ kind: 'example' });
  const raw = hostileBody.map((body): Body => ({ kind: 'raw', body }));
  const schema = requestBody?.content['application/json']?.schema;
  if (schema === undefined) {
    return fc.oneof({ weight: 5, arbitrary: example }, { weight: 1, arbitrary: raw });
  }
  return fc.oneof(
    { weight: 2, arbitrary: example },
    { weight: 2, arbitrary: fitting(schema).map((value): Body => ({ kind: 'fitting', value })) },
    {
      weight: 3,
      arbitrary: fc
        .array(spoiling, { minLength: 1, maxLength: 3 })
        .map((spoilings): Body => ({ kind: 'spoilt', spoilings })),
    },
    { weight: 2, arbitrary: raw },
  );
};

const parameterNames = ({ parameters = [] }: Operation): readonly string[] =>
  parameters.filter((parameter) => parameter.in === 'query').map(({ name }) => name);

const caseOf = (routeKey: string, operation: Operation): fc.Arbitrary<Case> => {
  const names = fc.oneof(fc.constantFrom('x', ...parameterNames(operation)), hostileKey);
  const values = fc.oneof(fc.integer({ min: -2, max: 120 }).map(String), hostileString);
  const segments = routeKey.split('/').length - 1;
  return fc.record({
    routeKey: fc.constant(routeKey),
    isAdvanced: fc.boolean(),
    method: seldom(fc.constantFrom(...METHODS)),
    authorization: seldom(fc.constantFrom(...TOKENS)),
    segments: sometimes(fc.tuple(fc.integer({ min: 1, max: segments }), hostileString), 1),
    query: sometimes(fc.tuple(names, values), 3),
    headers: sometimes(fc.tuple(fc.constantFrom(...HEADERS), hostileString.map(headerText)), 3),
    body: bodyOf(operation),
  });
};

export const anyCase: fc.Arbitrary<Case> = fc.oneof(
  ...[...operations].map(([routeKey, operation]) => caseOf(routeKey, operation)),
);

interface Place {
  readonly owner: Record<string, unknown> | unknown[];
  readonly key: string;
}

/** Every place of a value where something stands, outermost first. */
const placesIn = (value: unknown): readonly Place[] => {
  if (typeof value !== 'object' || value === null) return [];
  const owner = value as Record<string, unknown>;
  return Object.keys(owner).flatMap((key) => [{ owner, key }, ...placesIn(owner[key])]);
};

/** As JSON can say it: also a name that a literal would take for the prototype. */
const define = (owner: object, key: string, value: unknown): void => {
  Object.defineProperty(owner, key, {
    value,
    enumerable: true,
    writable: true,
    configurable: true,
  });
};

const spoil = (value: unknown, { place, how, key, value: hostile }: Spoiling): void => {
  const places = placesIn(value);
  const chosen = places[place % Math.max(1, places.length)];
  if (how === 'add' && typeof value === 'object' && value !== null) define(value, key, hostile);
  else if (chosen === undefined) return;
  else if (how === 'drop') Reflect.deleteProperty(chosen.owner, chosen.key);
  else define(chosen.owner, chosen.key, hostile);
};

const spoilt = (text: string | undefined, spoilings: readonly Spoiling[]): string => {
  const value: unknown = JSON.parse(text ?? '{}');
  for (const one of spoilings) spoil(value, one);
  return JSON.stringify(value);
};

const bodyText = (body: Body, example: string | undefined): Partial<GatewayRequest> => {
  switch (body.kind) {
    case 'example':
      return example === undefined ? {} : { body: example };
    case 'fitting':
      return { body: JSON.stringify(body.value) };
    case 'spoilt':
      return { body: spoilt(example, body.spoilings) };
    case 'raw':
      return { body: body.body.text, isBase64Encoded: body.body.isBase64Encoded };
  }
};

/** One segment more or less would be another route: what would end it is encoded. A gateway sees no lone surrogate. */
const segmentText = (text: string): string => encodeURIComponent(Buffer.from(text).toString());

/** The request of a case, about what was prepared. */
export const requestOf = (one: Case, prepared: Prepared): GatewayRequest => {
  const operation = operations.get(one.routeKey);
  if (operation === undefined) throw new Error(`${one.routeKey} is not documented.`);
  const example = exampleRequest(one.routeKey, operation, prepared);
  const url = new URL(example.url);
  const segments = url.pathname.split('/');
  for (const [index, text] of one.segments) segments[index] = segmentText(text);
  const query = new URLSearchParams(url.searchParams);
  for (const [name, value] of one.query) query.append(name, value);
  const own: Record<string, string> = { ...example.headers };
  if (one.authorization === '') delete own.authorization;
  else if (one.authorization !== undefined) own.authorization = one.authorization;
  return {
    method: one.method ?? example.method,
    url: `${segments.join('/')}${query.size === 0 ? '' : `?${query}`}`,
    headers: {
      ...own,
      ...(one.body.kind === 'raw' ? one.body.body.headers : {}),
      ...Object.fromEntries(one.headers),
    },
    ...bodyText(one.body, example.body),
  };
};
