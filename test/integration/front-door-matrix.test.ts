/** Every route that takes an id, asked by everybody who has no business there: nothing tells what there is. */
import { beforeAll, describe, expect, it } from 'vitest';
import { createLocalRateLimiter } from '../../shared/adapters/local-rate-limiter.ts';
import { createMemoryClock } from '../../shared/adapters/memory/memory-clock.ts';
import { rateOf } from '../../shared/domain/rate.ts';
import { createGateway, type GatewayAnswer } from '../support/gateway.ts';
import { drain } from '../support/memory-world.ts';
import { deviations, operations } from '../support/openapi.ts';

type Gateway = Awaited<ReturnType<typeof createGateway>>;

const sessionOf = async (gateway: Gateway, tenant: string, user: string) => {
  const { apiKey } = await gateway.makeApiKey(tenant);
  const headers = { authorization: `Bearer ${apiKey}` };
  const body = JSON.stringify({ user });
  const { body: text } = await gateway.send({ method: 'POST', url: '/sessions', headers, body });
  return `Bearer ${JSON.parse(text).token}`;
};

const post = async (gateway: Gateway, authorization: string, url: string, body: object) =>
  gateway.send({ method: 'POST', url, headers: { authorization }, body: JSON.stringify(body) });

/** An upload that has ended, and a group. */
const ownedBy = async (gateway: Gateway, authorization: string) => {
  const declared = { name: 'a.txt', size: 5 };
  const { upload, post: form } = JSON.parse(
    (await post(gateway, authorization, '/uploads', declared)).body,
  );
  gateway.objects.submit(form, Buffer.from('hello'));
  await drain(gateway);
  const { group } = JSON.parse(
    (await post(gateway, authorization, '/upload-groups', { files: [declared] })).body,
  );
  return { upload: String(upload.id), group: String(group.id) };
};

const ROUTES = [...operations.keys()].filter((route) => route.includes('{id}'));

const BODIES: Readonly<Record<string, string>> = { 'POST /uploads/{id}/parts': '{"parts":[1]}' };

const ask = async (gateway: Gateway, route: string, id: string, authorization: string) => {
  const [method = '', path = ''] = route.split(' ');
  const url = path
    .replace('{id}', encodeURIComponent(id))
    .replace('{step}', 'sha256-digest')
    .replace(/\{\w+\}/g, 'x');
  const body = BODIES[route];
  const headers = { authorization };
  return gateway.send({ method, url, headers, ...(body === undefined ? {} : { body }) });
};

/** All of an answer; the invocation's own id is the same for all here. */
const seen = ({ status, headers, body }: GatewayAnswer) => ({ status, headers, body });

let gateway: Gateway;
let ann: string;
const strangers = new Map<string, string>();
const ids = new Map<string, readonly string[]>();

beforeAll(async () => {
  gateway = await createGateway();
  ann = await sessionOf(gateway, 'acme', 'ann');
  strangers.set('another user of the tenant', await sessionOf(gateway, 'acme', 'bob'));
  strangers.set('the same name in another tenant', await sessionOf(gateway, 'other', 'ann'));
  const [kept, deleted] = [await ownedBy(gateway, ann), await ownedBy(gateway, ann)];
  await gateway.send({
    method: 'DELETE',
    url: `/uploads/${deleted.upload}`,
    headers: { authorization: ann },
  });
  ids.set('uploads', [
    kept.upload,
    deleted.upload,
    `upl_${'0'.repeat(26)}`,
    `obj_${'0'.repeat(26)}`,
  ]);
  ids.set('upload-groups', [kept.group, `grp_${'0'.repeat(26)}`]);
}, 60_000);

const idsOf = (route: string) => ids.get(route.split('/')[1] ?? '') ?? [];
const NONE = ['x', '../x', '%', '__proto__', 'upl_', 'a'.repeat(64), 'a'.repeat(65)];

describe.each(ROUTES)('%s', (route) => {
  it('E3, E5: answers a stranger alike for what is another’s, what was deleted, what never was and what cannot be', async () => {
    for (const [name, authorization] of strangers) {
      const answers = [];
      for (const id of [...idsOf(route), ...NONE]) {
        answers.push(seen(await ask(gateway, route, id, authorization)));
      }

      expect(answers[0], name).toMatchObject({ status: 404 });
      for (const answer of answers) expect(answer, name).toEqual(answers[0]);
    }
  });

  it('E5: answers its owner alike for what was deleted and what never was', async () => {
    const [, ...gone] = idsOf(route);

    for (const id of gone) {
      const answer = seen(await ask(gateway, route, id, ann));
      // A deletion can be repeated by whoever was allowed it.
      if (route === 'DELETE /uploads/{id}' && answer.status === 204) continue;
      expect(answer).toEqual(seen(await ask(gateway, route, 'x', ann)));
    }
  });

  it('E5: asks who it is before it looks at the id', async () => {
    const answers = [];
    for (const id of [...idsOf(route), ...NONE]) {
      answers.push(seen(await ask(gateway, route, id, 'Bearer of.nobody.here')));
    }

    expect(answers[0]).toMatchObject({ status: 401 });
    for (const answer of answers) expect(answer).toEqual(answers[0]);
  });
});

const limitedGateway = async () => {
  const clock = createMemoryClock();
  const rates = createLocalRateLimiter({
    rates: { requests: rateOf(20), polls: rateOf(50) },
    clock,
  });
  return createGateway({ clock, rates });
};

describe('whoever starts sessions', () => {
  it('E16: is counted by the tenant of its key, and told when to come again', async () => {
    const limited = await limitedGateway();
    const { apiKey } = await limited.makeApiKey('acme');
    const other = await limited.makeApiKey('other');
    const start = (key: string) => post(limited, `Bearer ${key}`, '/sessions', { user: 'ann' });

    const statuses = [];
    for (let at = 0; at < 101; at += 1) statuses.push((await start(apiKey)).status);

    expect(statuses.filter((status) => status === 201)).toHaveLength(100);
    const refused = await start(apiKey);
    expect(refused).toMatchObject({ status: 429, headers: { 'retry-after': '1' } });
    expect(deviations('POST /sessions', refused)).toEqual([]);
    expect((await start(other.apiKey)).status).toBe(201);
    limited.clock.tick(1_000);
    expect((await start(apiKey)).status).toBe(201);
  });

  it('E16: without a key takes nothing from those who have one, nor from their sessions', async () => {
    const limited = await limitedGateway();
    const owner = await sessionOf(limited, 'dev', 'ann');
    const { apiKey } = await limited.makeApiKey('dev');
    const start = () => limited.send({ method: 'POST', url: '/sessions' });

    const statuses = [];
    for (let at = 0; at < 150; at += 1) statuses.push((await start()).status);

    expect(statuses.filter((status) => status === 201)).toHaveLength(100);
    expect(statuses.at(-1)).toBe(429);
    expect((await post(limited, owner, '/uploads', { name: 'a', size: 1 })).status).toBe(201);
    const keyed = await post(limited, `Bearer ${apiKey}`, '/sessions', { user: 'bob' });
    expect(keyed.status).toBe(201);
  });
});

describe('whoever guesses ids', () => {
  it('E5: gets a few answers a second, and a hit among the others looks no different', async () => {
    const limited = await limitedGateway();
    const owner = await sessionOf(limited, 'acme', 'ann');
    const guesser = await sessionOf(limited, 'other', 'eve');
    const { upload } = await ownedBy(limited, owner);

    const statuses = new Map<number, number>();
    for (let guess = 0; guess < 1_000; guess += 1) {
      const id = guess % 100 === 7 ? upload : `upl_${String(guess).padStart(26, '0')}`;
      const { status } = await ask(limited, 'GET /uploads/{id}/history', id, guesser);
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
    }

    expect(statuses).toEqual(
      new Map([
        [404, 250],
        [429, 750],
      ]),
    );
  });
});

describe('a tenant with a quota', () => {
  it('E16: is told on the wire what it has too much of, and when to come again', async () => {
    const limited = await createGateway();
    const owner = await sessionOf(limited, 'acme', 'ann');
    await limited.deps.tenantQuotas.keep('acme', { uploads: 1, bytes: 10 });
    const announce = (size: number) => post(limited, owner, '/uploads', { name: 'a', size });

    const answers = [await announce(10), await announce(1), await announce(11)];

    expect(answers.map(({ status }) => status)).toEqual([201, 429, 403]);
    expect(answers.map(({ body }) => JSON.parse(body).code)).toEqual([
      undefined,
      'too_many_uploads',
      'over_quota',
    ]);
    expect(answers[1]?.headers).toMatchObject({ 'retry-after': '5' });
  });
});

describe('what breaks', () => {
  const SECRET =
    'arn:aws:dynamodb:eu-central-1:123456789012:table/sluice-dev s3://bucket token=abc';
  const breakAll = (methods: object): void => {
    for (const name of Object.keys(methods)) {
      Object.assign(methods, {
        [name]: async () => {
          throw new Error(SECRET);
        },
      });
    }
  };

  const FULL_BODIES: Readonly<Record<string, string>> = {
    ...BODIES,
    'POST /sessions': '{"user":"ann"}',
    'POST /uploads': '{"name":"a","size":1}',
    'POST /upload-groups': '{"files":[{"name":"a","size":1}]}',
    'POST /webhooks': '{"url":"https://127.0.0.1:1/"}',
    'PATCH /webhooks/{webhookId}': '{"enabled":false}',
  };
  const PLACES: Readonly<Record<string, string>> = {
    uploads: `upl_${'0'.repeat(26)}`,
    'upload-groups': `grp_${'0'.repeat(26)}`,
    webhookId: `whk_${'0'.repeat(26)}`,
    deliveryId: `msg_${'0'.repeat(26)}`,
    step: 'sha256-digest',
    name: 'x',
  };

  it('E20: is told outside by its code alone, on every route', async () => {
    const failing = await createGateway();
    const { apiKey } = await failing.makeApiKey('acme');
    const owner = await sessionOf(failing, 'acme', 'ann');
    const { find } = failing.sessionStore;
    const { store, desk, groups, webhooks, deliveries } = failing.deps;
    for (const port of [failing.sessionStore, store, desk, groups, webhooks, deliveries])
      breakAll(port);
    failing.sessionStore.find = find;

    for (const route of operations.keys()) {
      const [method = '', path = ''] = route.split(' ');
      const [, kind = ''] = path.split('/');
      const isOfTenant = kind === 'webhooks' || route === 'POST /sessions';
      const { status, headers, body } = await failing.send({
        method,
        url: path.replace(/\{(\w+)\}/g, (_, name) => PLACES[name] ?? PLACES[kind] ?? ''),
        headers: { authorization: isOfTenant ? `Bearer ${apiKey}` : owner },
        ...(route in FULL_BODIES ? { body: FULL_BODIES[route] ?? '' } : {}),
      });

      expect({ route, status }).toEqual({ route, status: 500 });
      expect(`${JSON.stringify(headers)}${body}`, route).not.toMatch(
        /arn:|s3:|table|token|at .*\.ts|Error/,
      );
    }
  });
});
