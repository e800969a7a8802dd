/** The committed OpenAPI document as a judge of answers. Stricter than for clients: a field that it does not name is wrong. */
import { readFileSync } from 'node:fs';
import { Ajv2020 } from 'ajv/dist/2020.js';
import formats from 'ajv-formats';

interface Media {
  readonly schema: Schema;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Header {
  readonly $ref?: string;
  readonly required?: boolean;
  readonly schema?: Schema;
  readonly example?: unknown;
}

interface Response {
  readonly $ref?: string;
  readonly headers?: Readonly<Record<string, Header>>;
  readonly content?: Readonly<Record<string, Media>>;
}

interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required: boolean;
  readonly schema: Schema;
  readonly example?: unknown;
}

export interface Operation {
  readonly operationId: string;
  readonly security: readonly Readonly<Record<string, unknown>>[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: {
    readonly required: boolean;
    readonly content: Readonly<Record<string, Media>>;
  };
  readonly responses: Readonly<Record<string, Response>>;
}

export type Schema = Readonly<Record<string, unknown>>;

interface Document {
  readonly openapi: string;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly responses: Readonly<Record<string, Response>>;
    readonly headers: Readonly<Record<string, Header>>;
    readonly schemas: Readonly<Record<string, Schema>>;
  };
}

export interface JudgedAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: string;
}

export const openapiFile = new URL('../../docs/openapi.json', import.meta.url);
export const openapi: Document = JSON.parse(readFileSync(openapiFile, 'utf8'));

/** Every operation, by its name in serverless.yml. */
export const operations: ReadonlyMap<string, Operation> = new Map(
  Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(
      ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
    ),
  ),
);

/** The schema with every object closed that the document leaves open for later versions. */
const closed = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(
    Object.entries(value).map(([key, child]) => [key, key === 'example' ? child : closed(child)]),
  );
  const isOpen = 'properties' in schema && !('additionalProperties' in schema);
  return isOpen ? { ...schema, additionalProperties: false } : schema;
};

const ajv = new Ajv2020({ strict: false, allErrors: true });
formats(ajv);
ajv.addSchema({ $id: 'openapi', components: { schemas: openapi.components.schemas } });
ajv.addSchema({ $id: 'closed', components: { schemas: closed(openapi.components.schemas) } });

const compiled = new Map<string, ReturnType<Ajv2020['compile']>>();

/** What is wrong with a value, in ajv's words; empty when it fits. */
export const misfits = (
  schema: Schema,
  value: unknown,
  how: 'closed' | 'as documented' = 'closed',
): readonly string[] => {
  const base = how === 'closed' ? '"closed#/' : '"openapi#/';
  const meant = how === 'closed' ? closed(schema) : schema;
  const text = JSON.stringify(meant).replaceAll('"#/', base);
  const validate = compiled.get(text) ?? ajv.compile(JSON.parse(text));
  compiled.set(text, validate);
  if (validate(value)) return [];
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) =>
      `${instancePath || 'body'} ${message} ${JSON.stringify(params)}`,
  );
};

const responseOf = ({ responses }: Operation, status: number): Response | undefined => {
  const response = responses[String(status)];
  const name = response?.$ref?.split('/').at(-1);
  return name === undefined ? response : openapi.components.responses[name];
};

const headerMisfits = ({ headers = {} }: Response, answer: JudgedAnswer): readonly string[] =>
  Object.entries(headers).flatMap(([name, header]) => {
    const { required, schema = {} } =
      header.$ref === undefined ? header : (openapi.components.headers[name] ?? {});
    const value = answer.headers[name.toLowerCase()];
    if (value === undefined) return required ? [`header ${name} is missing`] : [];
    const typed = schema.type === 'integer' ? Number(value) : value;
    return misfits(schema, typed).map((reason) => `header ${name}: ${reason}`);
  });

const bodyMisfits = ({ content }: Response, answer: JudgedAnswer): readonly string[] => {
  const type = String(answer.headers['content-type'] ?? '').split(';')[0] ?? '';
  if (content === undefined) return answer.body === '' ? [] : ['has a body and should have none'];
  const media = content[type];
  if (media === undefined) return [`content type "${type}" is not documented`];
  if (!type.endsWith('json')) return misfits(media.schema, answer.body);
  try {
    return misfits(media.schema, JSON.parse(answer.body));
  } catch {
    return ['the body is not JSON'];
  }
};

const within = (response: Response, answer: JudgedAnswer, routeKey: string): readonly string[] =>
  [...headerMisfits(response, answer), ...bodyMisfits(response, answer)].map(
    (reason) => `${routeKey} ${answer.status}: ${reason}`,
  );

/** The same for a request that no route fits. */
export const deviationsFromNotFound = (answer: JudgedAnswer): readonly string[] => {
  const { not_found: response = {} } = openapi.components.responses;
  return answer.status === 404
    ? within(response, answer, 'no route')
    : [`no route fits, and the status is ${answer.status}`];
};

/** How an answer differs from what the document says of the route; empty when it does not. */
export const deviations = (routeKey: string, answer: JudgedAnswer): readonly string[] => {
  const operation = operations.get(routeKey);
  if (operation === undefined) return [`${routeKey} is not documented`];
  const response = responseOf(operation, answer.status);
  if (response === undefined) return [`${routeKey}: status ${answer.status} is not documented`];
  return within(response, answer, routeKey);
};
