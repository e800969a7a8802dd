/** What a tenant can do with its webhooks, through the routes, and what it can see of them. */
import { describe, expect, it } from 'vitest';
import { createMemoryApiKeyStore } from '../../../shared/adapters/memory/memory-sessions.ts';
import {
  deliveriesAnswer,
  deliveryAnswer,
  secretAnswer,
  webhookAnswer,
  webhooksAnswer,
} from '../../../shared/contracts/webhooks.ts';
import { createTenantHttpHandler } from '../../../shared/lambda/http.ts';
import { createWebhookRoutes } from '../../../shared/lambda/webhook-routes.ts';
import { createMakeApiKey } from '../../../shared/usecases/api-keys.ts';
import { createAuthorizeTenant } from '../../../shared/usecases/authorize-tenant.ts';
import { httpEvent, invocation } from '../../support/envelopes.ts';
import { createWebhookWorld } from '../../support/webhook-world.ts';

const HOUR = 3_600_000;
const URL = 'https://hooks.example.org/in';

const setup = async () => {
  const world = createWebhookWorld();
  const keys = createMemoryApiKeyStore();
  const deps = { ...world.deps, authorizeTenant: createAuthorizeTenant({ keys }) };
  const handler = createTenantHttpHandler(deps, createWebhookRoutes(deps));
  const makeApiKey = createMakeApiKey({ ...world.deps, keys });
  const { apiKey } = await makeApiKey('acme');
  const other = await makeApiKey('other');

  /** `route` as it stands in serverless.yml; what is in braces comes from `path`. */
  const ask = async (
    route: string,
    {
      path = {},
      token = apiKey,
      ...rest
    }: {
      path?: Record<string, string>;
      token?: string;
      body?: unknown;
      query?: Record<string, string>;
    } = {},
  ) => {
    const [method = '', pattern = ''] = route.split(' ');
    const headers = { authorization: `Bearer ${token}` };
    const answer = await handler(
      httpEvent({ method, path: pattern, headers, pathParameters: path, ...rest }),
      invocation(),
    );
    return {
      status: answer.statusCode,
      headers: answer.headers ?? {},
      text: answer.body ?? '',
      json: answer.body ? JSON.parse(answer.body) : undefined,
    };
  };
  const create = async (body: object = { url: URL }) => {
    const { json } = await ask('POST /webhooks', { body });
    const { webhook, secret } = secretAnswer.parse(json);
    return { webhook, secret, path: { webhookId: webhook.id } };
  };
  return { ...world, ask, create, otherKey: other.apiKey };
};

const ROUTES = [
  'GET /webhooks/{webhookId}',
  'PATCH /webhooks/{webhookId}',
  'DELETE /webhooks/{webhookId}',
  'POST /webhooks/{webhookId}/secret',
  'GET /webhooks/{webhookId}/deliveries',
  'POST /webhooks/{webhookId}/deliveries/{deliveryId}/replay',
];

describe('a webhook', () => {
  it('is made with all events, and its secret is shown this once', async () => {
    const { ask, create } = await setup();

    const { status, headers, json } = await ask('POST /webhooks', { body: { url: URL } });
    const { webhook, secret } = secretAnswer.parse(json);
    await create();
    const one = await ask('GET /webhooks/{webhookId}', { path: { webhookId: webhook.id } });
    const all = await ask('GET /webhooks');

    expect(status).toBe(201);
    expect(headers).toMatchObject({
      location: `/webhooks/${webhook.id}`,
      'cache-control': 'no-store',
    });
    expect(webhook).toMatchObject({ url: URL, enabled: true });
    expect(webhook.events).toHaveLength(6);
    expect(Buffer.from(secret.slice('whsec_'.length), 'base64')).toHaveLength(32);
    expect(webhookAnswer.parse(one.json).webhook).toEqual(webhook);
    expect(webhooksAnswer.parse(all.json).webhooks).toHaveLength(2);
    expect(`${one.text}${all.text}`).not.toContain(secret);
    expect(`${one.text}${all.text}`).not.toContain('whsec_');
  });

  it.each([
    [{}, 'url'],
    [{ url: 'https://refused.example.org/' }, 'url: It is refused here.'],
    [{ url: URL, events: [] }, 'events'],
    [{ url: URL, events: ['upload.eaten'] }, 'events'],
    [{ url: URL, events: ['upload.failed', 'upload.failed'] }, 'events'],
    [{ url: URL, tenant: 'other' }, 'tenant'],
    [{ url: URL, secret: 'whsec_mine' }, 'secret'],
    [{ url: `https://example.org/${'x'.repeat(2100)}` }, 'url'],
  ])('E4: is not made of a body that is wrong: %#', async (body, named) => {
    const { ask } = await setup();

    const { status, json } = await ask('POST /webhooks', { body });

    expect({ status, code: json.code }).toEqual({ status: 400, code: 'invalid_request' });
    expect(json.detail).toContain(named);
    expect((await ask('GET /webhooks')).json).toEqual({ webhooks: [] });
  });

  it('is one of ten at most', async () => {
    const { ask, create } = await setup();
    for (let count = 0; count < 10; count += 1) await create();

    expect(await ask('POST /webhooks', { body: { url: URL } })).toMatchObject({
      status: 409,
      json: { code: 'conflict', detail: expect.stringContaining('at most 10') },
    });
  });

  it('E3: of another tenant is on every route what one is that never was', async () => {
    const { ask, create, announce, deliveries, otherKey } = await setup();
    const { path } = await create();
    await announce();
    const deliveryId = deliveries.all()[0]!.id;
    const body = { enabled: false };
    const unknown = { webhookId: `whk_0${'0'.repeat(26)}`, deliveryId: 'msg_0' };

    for (const route of ROUTES) {
      const sent = route.startsWith('PATCH') ? { body } : {};
      const seen = await ask(route, { path: { ...path, deliveryId }, token: otherKey, ...sent });
      const none = await ask(route, { path: unknown, token: otherKey, ...sent });
      expect(seen, route).toMatchObject({ status: 404, json: { code: 'not_found' } });
      expect(seen, route).toEqual(none);
    }
    expect((await ask('GET /webhooks', { token: otherKey })).json).toEqual({ webhooks: [] });
    expect((await ask('GET /webhooks/{webhookId}', { path })).json.webhook.enabled).toBe(true);
  });

  it('is nothing for a session or for nobody', async () => {
    const { ask } = await setup();

    for (const route of ['GET /webhooks', 'POST /webhooks', ...ROUTES]) {
      for (const token of [
        'dev',
        'eyJhbGciOiJFZERTQSJ9.e30.AAAA',
        `slk.acme.${'0'.repeat(26)}.${'0'.repeat(52)}`,
      ]) {
        expect((await ask(route, { token })).status, route).toBe(401);
      }
    }
  });

  it('is changed, turned off and on again, and removed', async () => {
    const { ask, create } = await setup();
    const { path } = await create();
    const change = async (body: object) =>
      webhookAnswer.parse((await ask('PATCH /webhooks/{webhookId}', { path, body })).json).webhook;

    expect(await change({ events: ['upload.failed'] })).toMatchObject({
      events: ['upload.failed'],
    });
    expect(await change({ enabled: false })).toMatchObject({
      enabled: false,
      disabled: { reason: 'by_tenant', message: 'You turned it off.' },
    });
    const on = await change({ enabled: true });
    expect(on.enabled).toBe(true);
    expect(on).not.toHaveProperty('disabled');
    expect((await ask('PATCH /webhooks/{webhookId}', { path, body: {} })).status).toBe(400);
    expect((await ask('DELETE /webhooks/{webhookId}', { path })).status).toBe(204);
    expect((await ask('DELETE /webhooks/{webhookId}', { path })).status).toBe(404);
    expect((await ask('GET /webhooks')).json).toEqual({ webhooks: [] });
  });

  it('gets another secret, and says how long the old one signs too', async () => {
    const { ask, create, clock } = await setup();
    const { path, secret } = await create();
    const rotate = async (body?: object) => {
      const answer = await ask('POST /webhooks/{webhookId}/secret', {
        path,
        ...(body && { body }),
      });
      expect(answer.headers['cache-control']).toBe('no-store');
      return secretAnswer.parse(answer.json);
    };

    const day = await rotate();
    const leaked = await rotate({ keepOldSeconds: 0 });

    expect(new Set([secret, day.secret, leaked.secret]).size).toBe(3);
    expect(day.webhook.oldSecretUntil).toBe(new Date(clock.now() + 24 * HOUR).toISOString());
    expect(leaked.webhook).not.toHaveProperty('oldSecretUntil');
    const tooLong = { path, body: { keepOldSeconds: 8 * 24 * 3600 } };
    expect((await ask('POST /webhooks/{webhookId}/secret', tooLong)).status).toBe(400);
  });
});

describe('the log of a webhook', () => {
  it('tells newest first what was sent and what came of it, page by page', async () => {
    const { ask, create, announce, caller } = await setup();
    const { path } = await create();
    caller.answerWith(({ body }) =>
      body.includes('upl_2') ? { status: 502, failure: 'endpoint_error' } : { status: 200 },
    );
    for (const upload of [1, 2, 3]) {
      const endedAt = `2026-01-01T00:00:0${upload}.000Z`;
      await announce({ uploadId: `upl_${upload}`, endedAt });
    }
    const page = async (query: Record<string, string>) =>
      deliveriesAnswer.parse(
        (await ask('GET /webhooks/{webhookId}/deliveries', { path, query })).json,
      );

    const first = await page({ limit: '2' });
    const rest = await page({ limit: '2', cursor: String(first.cursor) });

    expect(first.deliveries).toMatchObject([
      { state: 'delivered', attempts: [{ status: 200 }] },
      {
        state: 'pending',
        dueAt: expect.any(String),
        attempts: [{ status: 502, error: { code: 'endpoint_error', message: expect.any(String) } }],
      },
    ]);
    expect(JSON.parse(first.deliveries[1]!.payload).data.id).toBe('upl_2');
    expect(rest.deliveries.map(({ payload }) => JSON.parse(payload).data.id)).toEqual(['upl_1']);
    const wrong = { path, query: { cursor: 'DELIVERY#x' } };
    expect((await ask('GET /webhooks/{webhookId}/deliveries', wrong)).status).toBe(400);
  });

  it('lets one be sent once more, under its old id, whatever became of it', async () => {
    const { ask, create, announce, drain, deliveries, calls } = await setup();
    const { path } = await create();
    await announce();
    const deliveryId = deliveries.all()[0]!.id;
    const replay = () =>
      ask('POST /webhooks/{webhookId}/deliveries/{deliveryId}/replay', {
        path: { ...path, deliveryId },
      });

    const { status, json } = await replay();
    await drain();

    expect(status).toBe(202);
    expect(deliveryAnswer.parse(json).delivery).toMatchObject({ id: deliveryId, state: 'pending' });
    expect(calls().map(({ headers }) => headers['webhook-id'])).toEqual([deliveryId, deliveryId]);
    expect(deliveries.all()).toMatchObject([{ state: 'delivered', attempts: [{}, {}] }]);
    await ask('PATCH /webhooks/{webhookId}', { path, body: { enabled: false } });
    expect(await replay()).toMatchObject({ status: 409, json: { code: 'conflict' } });
  });
});

describe('what is logged', () => {
  it('E21: holds no secret and no signature', async () => {
    const { ask, create, announce, deps } = await setup();
    const { secret, path } = await create();
    const rotated = secretAnswer.parse(
      (await ask('POST /webhooks/{webhookId}/secret', { path })).json,
    );
    await announce();

    const lines = deps.logger.text();
    expect(lines).toContain('webhook called');
    for (const text of [secret, rotated.secret, 'whsec_', 'v1,']) expect(lines).not.toContain(text);
  });
});
