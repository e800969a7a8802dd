/** The OpenAPI document is of today, of every route, valid, and true. */
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { templateRoutes } from '../../local/openapi/template-routes.ts';
import { openapiTroubles } from '../../local/openapi/write.ts';
import {
  deviations,
  deviationsFromNotFound,
  misfits,
  openapi,
  openapiFile,
  operations,
} from '../support/openapi.ts';
import { advance, exampleRequest, prepare } from './examples.ts';

describe('docs/openapi.json', () => {
  it('is what the schemas say today, of every route of serverless.yml', async () => {
    expect(await openapiTroubles()).toEqual([]);
    expect([...operations.keys()].sort()).toEqual([...templateRoutes().keys()].sort());
  });

  it('is valid OpenAPI 3.1 and breaks no rule of the linter', async () => {
    const config = await createConfig({
      extends: ['recommended-strict'],
      // A derived file is answered with a redirect.
      rules: { 'operation-2xx-response': 'off' },
    });

    const problems = await lintFromString({
      source: readFileSync(openapiFile, 'utf8'),
      absoluteRef: openapiFile.pathname,
      config,
    });

    expect(openapi.openapi).toMatch(/^3\.1\./);
    expect(
      problems.map(
        ({ ruleId, message, location }) => `${ruleId}: ${message} ${location[0]?.pointer}`,
      ),
    ).toEqual([]);
  });
});

describe('an address without a route', () => {
  it('is the document at /openapi.json, for everybody', async () => {
    const { gateway } = await prepare();

    const answer = await gateway.send({ method: 'GET', url: '/openapi.json' });

    expect(answer).toMatchObject({ status: 200, headers: { 'content-type': 'application/json' } });
    expect(JSON.parse(answer.body)).toEqual(openapi);
  });

  it.each([
    ['GET', '/nowhere'],
    ['POST', '/openapi.json'],
    ['PUT', '/uploads'],
    ['GET', '/uploads//'],
    ['DELETE', '/'],
  ])('is the 404 that every route has: %s %s', async (method, url) => {
    const { gateway, authorization } = await prepare();

    for (const headers of [{}, { authorization }]) {
      const answer = await gateway.send({ method, url, headers });

      expect(answer.routeKey).toBeUndefined();
      expect(deviationsFromNotFound(answer)).toEqual([]);
    }
  });
});

const isGood = (status: string): boolean => Number(status) < 400;

describe.each([...operations])('the examples of %s', (routeKey, operation) => {
  it('are taken by the function, whose answer is as documented', async () => {
    const prepared = await prepare();
    await advance(routeKey, prepared);

    const answer = await prepared.gateway.send(exampleRequest(routeKey, operation, prepared));

    expect(answer.routeKey).toBe(routeKey);
    expect(Object.keys(operation.responses).filter(isGood)).toContain(String(answer.status));
    expect(deviations(routeKey, answer)).toEqual([]);
  });

  it('fit their schemas, and there is one wherever there is a body', () => {
    for (const { in: place, name, required, schema, example } of operation.parameters ?? []) {
      if (required) expect(example, `${place} ${name}`).toBeDefined();
      if (example !== undefined) expect(misfits(schema, example)).toEqual([]);
    }
    const request = operation.requestBody?.content['application/json'];
    if (request?.example !== undefined)
      expect(misfits(request.schema, request.example)).toEqual([]);
    for (const [status, { content = {} }] of Object.entries(operation.responses)) {
      for (const { schema, example, examples } of Object.values(content)) {
        const values = example === undefined ? Object.values(examples ?? {}) : [{ value: example }];
        expect(values.length, status).toBeGreaterThan(0);
        for (const { value } of values) expect(misfits(schema, value)).toEqual([]);
      }
    }
  });

  it('are refused as documented without a session', async () => {
    const prepared = await prepare();
    const { headers, ...request } = exampleRequest(routeKey, operation, prepared);

    const answer = await prepared.gateway.send({
      ...request,
      headers: { ...headers, authorization: 'Bearer of.nobody.here' },
    });

    expect(answer.status).toBe(401);
    expect(deviations(routeKey, answer)).toEqual([]);
  });
});

/** Those of users; a tenant's API key does not end with any session. */
const ofSessions = [...operations].filter(([, { security }]) =>
  security.some((scheme) => 'session' in scheme),
);

describe.each(ofSessions)('%s', (routeKey, operation) => {
  it('E2: answers 401 as soon as the session has ended', async () => {
    const prepared = await prepare();
    await advance(routeKey, prepared);
    const { gateway, authorization } = prepared;
    const request = exampleRequest(routeKey, operation, prepared);

    const ended = await gateway.send({
      method: 'DELETE',
      url: '/sessions/current',
      headers: { authorization },
    });
    const answer = await gateway.send(request);

    expect(ended.status).toBe(204);
    expect(answer).toMatchObject({ routeKey, status: 401 });
    expect(deviations(routeKey, answer)).toEqual([]);
  });
});

describe('the judge of answers', () => {
  const good = { status: 404, headers: { 'content-type': 'application/problem+json' } };
  const problem = {
    type: 'urn:sluice:problem:not_found',
    title: 'There is nothing under this address for you.',
    status: 404,
    code: 'not_found',
    requestId: 'request-1',
  };
  const judge = (answer: object, body: unknown = problem) =>
    deviations('GET /uploads/{id}', { ...good, ...answer, body: JSON.stringify(body) });

  it.each([
    ['nothing that is documented', {}, problem, 0],
    ['a status that is not', { status: 418 }, problem, 1],
    ['another content type', { headers: { 'content-type': 'text/html' } }, problem, 1],
    ['a field too many', {}, { ...problem, stack: 'at …' }, 1],
    ['a field too few', {}, { ...problem, code: undefined }, 1],
    ['a code that is none', {}, { ...problem, code: 'oops' }, 1],
    ['a missing header', { status: 503 }, { ...problem, code: 'unavailable', status: 503 }, 1],
  ])('objects to %s', (_name, answer, body, expected) => {
    expect(judge(answer, body)).toHaveLength(expected);
  });
});
