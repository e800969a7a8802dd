/** What one route of the HTTP API takes and answers: the OpenAPI document is made of these, and the functions are typed by them. */
import type * as z from 'zod';
import type { JsonOf } from '../../domain/ready-status.ts';
import type { ProblemCode } from '../problem.ts';

/** Headers that an answer may have beside the ones of every answer. */
export const ANSWER_HEADERS = {
  etag: {
    description: 'The revision, to be sent back as If-None-Match.',
    schema: { type: 'string' },
    example: '"7"',
  },
  location: {
    description: 'Where what was made or asked for is.',
    schema: { type: 'string' },
    example: '/uploads/upl_5r2k8xw4m1v7c9n3q6t0b8y2ze',
  },
  ratelimit: {
    description: 'What is left in the bucket, and in how many seconds there is more.',
    schema: { type: 'string' },
    example: '"requests";r=0;t=1',
  },
  'ratelimit-policy': {
    description: 'What the bucket holds, and in how many seconds it fills.',
    schema: { type: 'string' },
    example: '"requests";q=100;w=5',
  },
  'retry-after': {
    description: 'Seconds after which to ask again.',
    schema: { type: 'integer', minimum: 0 },
    example: 2,
  },
  'www-authenticate': {
    description: 'How to say who asks.',
    schema: { type: 'string', const: 'Bearer' },
    example: 'Bearer',
  },
  vary: {
    description: 'What of the request decides about the form of the answer.',
    schema: { type: 'string' },
    example: 'accept',
  },
  'x-status-source': {
    description: 'Where the status came from: the view, or the state itself.',
    schema: { type: 'string', enum: ['cache', 'store'] },
    example: 'cache',
  },
} as const;

export type AnswerHeader = keyof typeof ANSWER_HEADERS;

export interface Answer {
  readonly description: string;
  /** Absent: an answer without a body. */
  readonly body?: z.ZodType;
  /** Of the body; JSON unless it says otherwise. */
  readonly mediaType?: string;
  readonly headers?: readonly AnswerHeader[];
  /** Not in every such answer. */
  readonly maybeHeaders?: readonly AnswerHeader[];
  /** Checked against the schema by a test. */
  readonly example?: unknown;
}

export interface RequestExample {
  readonly path?: Readonly<Record<string, string>>;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

export interface Route {
  readonly tag: 'sessions' | 'uploads' | 'groups' | 'parts' | 'results' | 'webhooks';
  /** The name of the operation, for generators of clients. */
  readonly operationId: string;
  readonly summary: string;
  readonly description?: string;
  /**
   * `session`: a bearer token. `api-key`: a tenant's key, or nothing where anonymous sessions are allowed. `tenant`: a
   * tenant's key.
   */
  readonly caller: 'session' | 'api-key' | 'tenant';
  /** The function at whose own URL it is; absent for a route of the HTTP API. */
  readonly functionUrl?: string;
  readonly path?: z.ZodObject;
  readonly query?: z.ZodObject;
  /** By lower-case name. */
  readonly headers?: Readonly<Record<string, z.ZodType>>;
  readonly body?: z.ZodType;
  /** Sending no body says `{}`. */
  readonly isBodyOptional?: boolean;
  /** Sent through the real function by a test, which then gives the first of `answers`. */
  readonly example?: RequestExample;
  readonly answers: Readonly<Record<number, Answer>>;
  /** Beside those that every route may answer with. */
  readonly refusals: readonly ProblemCode[];
}

type Frozen<T> = T extends object ? { readonly [Key in keyof T]: Frozen<T[Key]> } : T;

type BodyOf<One> = One extends { readonly body: infer Schema extends z.ZodType }
  ?
      | { readonly body: Frozen<z.output<Schema>>; readonly json?: never }
      /** Made before, and sent as it is. */
      | { readonly body?: never; readonly json: JsonOf<z.output<Schema>> }
  : { readonly body?: never; readonly json?: never };

type HeadersOf<One> = One extends { readonly headers: readonly (infer Name extends string)[] }
  ? { readonly headers: Readonly<Record<Name, string>> & Readonly<Record<string, string>> }
  : { readonly headers?: Readonly<Record<string, string>> };

/** What a function may answer for such a route, as far as it answers itself: refusals are thrown. */
export type AnswerTo<One extends Route> = {
  [Status in keyof One['answers'] & number]: { readonly status: Status } & BodyOf<
    One['answers'][Status]
  > &
    HeadersOf<One['answers'][Status]>;
}[keyof One['answers'] & number];
