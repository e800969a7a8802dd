/** The OpenAPI document is of today, of every route, valid, and true. */
import { readFileSync } from 'node:fs';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { describe, expect, it } from 'vitest';
import { templateRoutes } from '../../local/openapi/template-routes.ts';
import { openapiTroubles } from '../../local/openapi/write.ts';
import {
  SAMPLE_DELIVERY,
  SAMPLE_DELIVERY_ID,
  SAMPLE_GROUP_ID,
  SAMPLE_ID,
  SAMPLE_WEBHOOK,
  SAMPLE_WEBHOOK_ID,
} from '../../shared/contracts/routes/samples.ts';
import { newDelivery } from '../../shared/domain/webhook-delivery.ts';
import { zipOf } from '../support/archives.ts';
import { createGateway } from '../support/gateway.ts';
import { drain } from '../support/memory-world.ts';
import {
  deviations,
  misfits,
  type Operation,
  openapi,
  openapiFile,
  operations,
} from '../support/openapi.ts';

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

/** An upload of a user of its own, as far as its example needs it to be. */
const setup = async () => {
  const gateway = await createGateway();
  const started = await gateway.send({ method: 'POST', url: '/sessions' });
  const { token } = JSON.parse(started.body);
  const authorization = `Bearer ${token}`;
  const body = zipOf([{ name: 'a.txt', body: 'hello' }]);
  const make = async (url: string, declared: object) => {
    const headers = { authorization };
    return JSON.parse(
      (await gateway.send({ method: 'POST', url, headers, body: JSON.stringify(declared) })).body,
    );
  };
  const declared = { name: 'a.zip', size: body.length };
  const { upload, post } = await make('/uploads', declared);
  const { group } = await make('/upload-groups', { files: [declared] });
  const { apiKey } = await gateway.makeApiKey('dev');
  const keyed = await gateway.send({
    method: 'POST',
    url: '/webhooks',
    headers: { authorization: `Bearer ${apiKey}` },
    body: JSON.stringify({ url: SAMPLE_WEBHOOK.url }),
  });
  const { webhook } = JSON.parse(keyed.body);
  const sent = { id: SAMPLE_DELIVERY_ID, webhookId: webhook.id, tenant: 'dev' };
  const { event, payload } = SAMPLE_DELIVERY;
  await gateway.deps.deliveries.put(newDelivery({ ...sent, event, payload }, gateway.clock.now()));
  const ids: Readonly<Record<string, string>> = {
    [SAMPLE_ID]: String(upload.id),
    [SAMPLE_GROUP_ID]: String(group.id),
    [SAMPLE_WEBHOOK_ID]: String(webhook.id),
  };
  return { gateway, authorization, apiKey, ids, id: String(upload.id), post, body };
};

type Prepared = Awaited<ReturnType<typeof setup>>;

const complete = async ({ gateway, post, body }: Prepared) => {
  gateway.objects.submit(post, body);
  await drain(gateway);
};

const sendPart = async ({ gateway, id, authorization, body }: Prepared) => {
  const signed = await gateway.send({
    method: 'POST',
    url: `/uploads/${id}/parts`,
    headers: { authorization },
    body: '{"parts":[1]}',
  });
  gateway.deps.partStore.sendPart(JSON.parse(signed.body).parts[0].url, body);
};

/** What an example takes for granted beyond an announced upload. */
const BEFORE: Readonly<Record<string, (prepared: Prepared) => Promise<void>>> = {
  'GET /uploads/{id}': complete,
  'GET /uploads/{id}/history': complete,
  'GET /uploads/{id}/results/{step}/{name}': complete,
  'GET /uploads/{id}/parts': sendPart,
  'POST /uploads/{id}/complete': sendPart,
};

const requestOf = (routeKey: string, operation: Operation, prepared: Prepared) => {
  const { ids, authorization, apiKey } = prepared;
  const [method = '', path = ''] = routeKey.split(' ');
  const { parameters = [], requestBody } = operation;
  const url = new URL(path, 'http://gateway.test');
  const headers: Record<string, string> = {};
  for (const { in: place, name, example } of parameters) {
    if (example === undefined) continue;
    const value = ids[String(example)] ?? String(example);
    if (place === 'path') url.pathname = decodeURI(url.pathname).replace(`{${name}}`, value);
    else if (place === 'query') url.searchParams.set(name, value);
    else headers[name] = value;
  }
  const isOfTenant = operation.security.every((scheme) => 'apiKey' in scheme);
  const isOpen = operation.security.some((scheme) => Object.keys(scheme).length === 0);
  const example = requestBody?.content['application/json']?.example;
  return {
    method,
    url: url.href,
    headers: isOpen
      ? headers
      : { ...headers, authorization: isOfTenant ? `Bearer ${apiKey}` : authorization },
    ...(example === undefined ? {} : { body: JSON.stringify(example) }),
  };
};

const send = async (routeKey: string, operation: Operation, prepared: Prepared) => {
  await BEFORE[routeKey]?.(prepared);
  return prepared.gateway.send(requestOf(routeKey, operation, prepared));
};

const isGood = (status: string): boolean => Number(status) < 400;

describe.each([...operations])('the examples of %s', (routeKey, operation) => {
  it('are taken by the function, whose answer is as documented', async () => {
    const answer = await send(routeKey, operation, await setup());

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
    const prepared = await setup();
    const { headers, ...request } = requestOf(routeKey, operation, prepared);

    const answer = await prepared.gateway.send({
      ...request,
      headers: { ...headers, authorization: 'Bearer of.nobody.here' },
    });

    expect(answer.status).toBe(401);
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
