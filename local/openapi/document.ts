/** The OpenAPI 3.1 document of the HTTP API, made of the very schemas that the functions parse and answer with. */
import type * as z from 'zod';
import {
  ANSWER_HEADERS,
  type Answer,
  type AnswerHeader,
  type Route,
} from '../../shared/contracts/routes/route.ts';
import { routes } from '../../shared/contracts/routes/routes.ts';
import { defaultPorts } from '../ports.ts';
import { headerName, headersOf } from './headers.ts';
import { codesOf, refusalOf, refusalsOf } from './refusals.ts';
import { createSchemas, type JsonSchema, type Schemas } from './schemas.ts';

const INFO = {
  title: 'Sluice',
  description: [
    'Announce a file, send its bytes to the file storage, follow it until every step of its processing has ended.',
    'Errors are `application/problem+json` (RFC 9457), each with a `code` from a closed list. A request beyond the rate of the whole deployment (429) is refused by the gateway with `{"message":"…"}` before any function sees it.',
    'This document is served at `/openapi.json`.',
    'Every answer has `Cache-Control` and `X-Content-Type-Options: nosniff`. What is not yours looks exactly like what is not there.',
  ].join('\n\n'),
  license: { name: 'MIT', identifier: 'MIT' },
} as const;

const TAGS: Readonly<Record<Route['tag'], string>> = {
  sessions: 'Who asks.',
  uploads: 'Files on their way and their status.',
  groups: 'Several files that are followed as one.',
  parts: 'A large file, part by part.',
  results: 'What was made of a file.',
  webhooks: "Being told when an upload ends. For a tenant's backend.",
};

const SECURITY = {
  session: {
    type: 'http',
    scheme: 'bearer',
    bearerFormat: 'JWT',
    description: 'The token of a session.',
  },
  apiKey: {
    type: 'http',
    scheme: 'bearer',
    description: "A tenant's API key, `slk.<tenant>.<key id>.<secret>`. Keep it in your backend.",
  },
} as const;

const SECURITY_OF: Readonly<Record<Route['caller'], readonly object[]>> = {
  session: [{ session: [] }],
  'api-key': [{ apiKey: [] }, {}],
  tenant: [{ apiKey: [] }],
};

/** Where a function URL is, in place of the HTTP API. */
const urlServers = (name: string) => [
  {
    url: 'https://{host}',
    description: `The function URL of ${name}`,
    variables: { host: { default: 'example.lambda-url.eu-central-1.on.aws' } },
  },
  { url: `http://127.0.0.1:${defaultPorts.follow}/${name}`, description: 'npm start' },
];

const answerOf = (answer: Answer, schemas: Schemas) => {
  const { description, body, mediaType = 'application/json', headers, maybeHeaders } = answer;
  const { example } = answer;
  const content =
    body === undefined
      ? {}
      : { content: { [mediaType]: { schema: schemas.of(body, 'output'), example } } };
  return { description, ...headersOf(headers, maybeHeaders), ...content };
};

interface Place {
  readonly where: 'path' | 'query';
  readonly schema: z.ZodObject | undefined;
  readonly example: Readonly<Record<string, string>> | undefined;
}

const parametersIn = ({ where, schema, example }: Place, schemas: Schemas) => {
  if (schema === undefined) return [];
  const { properties = {}, required = [] } = schemas.of(schema, 'input') as {
    readonly properties?: Readonly<Record<string, JsonSchema>>;
    readonly required?: readonly string[];
  };
  return Object.entries(properties).map(([name, { description, ...rest }]) => ({
    name,
    in: where,
    required: required.includes(name),
    ...(description === undefined ? {} : { description }),
    schema: rest,
    ...(example?.[name] === undefined
      ? {}
      : { example: rest.type === 'integer' ? Number(example[name]) : example[name] }),
  }));
};

const headerParameters = ({ headers = {}, example }: Route, schemas: Schemas) =>
  Object.entries(headers).map(([name, schema]) => {
    const { description, ...rest } = schemas.of(schema, 'input');
    const sample = example?.headers?.[name];
    return {
      name: headerName(name),
      in: 'header',
      required: !schema.isOptional(),
      ...(description === undefined ? {} : { description }),
      schema: rest,
      ...(sample === undefined ? {} : { example: sample }),
    };
  });

const operationOf = (route: Route, schemas: Schemas) => {
  const { tag, operationId, summary, description, caller, path, query, body, example } = route;
  const parameters = [
    ...parametersIn({ where: 'path', schema: path, example: example?.path }, schemas),
    ...parametersIn({ where: 'query', schema: query, example: example?.query }, schemas),
    ...headerParameters(route, schemas),
  ];
  const json = {
    ...(body === undefined ? {} : { schema: schemas.of(body, 'input') }),
    ...(example?.body === undefined ? {} : { example: example.body }),
  };
  const answers = Object.entries(route.answers).map(([status, answer]) => [
    status,
    answerOf(answer, schemas),
  ]);
  return {
    tags: [tag],
    operationId,
    summary,
    ...(description === undefined ? {} : { description }),
    ...(route.functionUrl === undefined ? {} : { servers: urlServers(route.functionUrl) }),
    security: SECURITY_OF[caller],
    ...(parameters.length === 0 ? {} : { parameters }),
    ...(body === undefined
      ? {}
      : {
          requestBody: {
            required: route.isBodyOptional !== true,
            content: { 'application/json': json },
          },
        }),
    responses: { ...Object.fromEntries(answers), ...refusalsOf(route, schemas) },
  };
};

/** @param version of the project, which is the version of its API. */
export const openapiDocument = (version: string) => {
  const schemas = createSchemas();
  const entries = Object.entries<Route>(routes);
  const paths: Record<string, Record<string, unknown>> = {};
  for (const [key, route] of entries) {
    const [method = '', path = ''] = key.split(' ');
    paths[path] = { ...paths[path], [method.toLowerCase()]: operationOf(route, schemas) };
  }
  // Codes that share a status stand where they are told together, and nowhere else.
  const referred = JSON.stringify(paths);
  const codes = codesOf(entries.map(([, route]) => route)).filter((code) =>
    referred.includes(`"#/components/responses/${code}"`),
  );
  const headers = Object.keys(ANSWER_HEADERS) as readonly AnswerHeader[];
  return {
    openapi: '3.1.1',
    info: { ...INFO, version },
    servers: [
      {
        url: 'https://{host}',
        description: 'A deployment',
        variables: { host: { default: 'api.example.com', description: 'Of the output ApiUrl.' } },
      },
      { url: `http://127.0.0.1:${defaultPorts.http}`, description: 'npm start' },
    ],
    tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    paths,
    components: {
      securitySchemes: SECURITY,
      headers: Object.fromEntries(
        headers.map((name) => [headerName(name), { ...ANSWER_HEADERS[name], required: true }]),
      ),
      responses: Object.fromEntries(codes.map((code) => [code, refusalOf(code, schemas)])),
      schemas: schemas.named(),
    },
  };
};
