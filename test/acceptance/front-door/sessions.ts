/** Who gets in, and what of others they may see. */
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  announce,
  anonymous,
  apiKeyOf,
  call,
  ended,
  operate,
  post,
  STORY_MS,
  sessionOf,
  stack,
} from './client.ts';

/** Every route that names an upload, from the template itself: a new one is asked too. */
const routesOfUploads = (): readonly (readonly [string, string])[] => {
  const template = readFileSync(new URL('../../../serverless.yml', import.meta.url), 'utf8');
  const routes = [...template.matchAll(/httpApi: '([A-Z]+) (\S+)'/g)];
  return routes
    .map(([, method = '', path = '']) => [method, path] as const)
    .filter(([, path]) => path.includes('{id}'));
};

const pathOf = (route: string, id: string): string =>
  route
    .replace('{id}', id)
    .replace('{step}', 'sha256-digest')
    .replace(/\{\w+\}/g, '1');

export const describeSessions = (): void => {
  describe('a session', () => {
    test(
      'of a tenant’s user is started with an API key, works everywhere and ends at once',
      async () => {
        const { apiKey } = await apiKeyOf('acme');
        const { token, tenant, user } = await sessionOf(apiKey, 'ann@example.org');
        const { upload } = await announce(token);

        const paths = [`/uploads/${upload.id}`, '/uploads', `/uploads/${upload.id}/history`];
        const statuses = async () =>
          Promise.all(paths.map(async (path) => (await call('GET', path, { token })).status));
        const before = await statuses();
        const end = await call('DELETE', '/sessions/current', { token });
        const after = await statuses();

        expect({ tenant, user }).toEqual({ tenant: 'acme', user: 'ann@example.org' });
        expect(before).toEqual([200, 200, 200]);
        expect(end).toMatchObject({ status: 204, text: '' });
        expect(after).toEqual([401, 401, 401]);
        expect((await call('DELETE', '/sessions/current', { token })).status).toBe(401);
      },
      STORY_MS,
    );

    test(
      'is refused to whoever has no key that is good now',
      async () => {
        const { apiKey, keyId } = await apiKeyOf('acme');
        await operate('api-keys', { action: 'forget', tenant: 'acme', keyId });

        const forgotten = await call('POST', '/sessions', { token: apiKey, body: { user: 'ann' } });
        const development = await call('POST', '/sessions', { token: stack().token, body: {} });
        const named = await call('POST', '/sessions', { body: { user: 'ann' } });
        const owned = await call('POST', '/sessions', {
          body: { owner: 'bucket', tenant: 'acme' },
        });

        expect(forgotten).toMatchObject({ status: 401, json: { code: 'unauthenticated' } });
        expect(development.status).toBe(401);
        expect(named).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
        expect(owned.status).toBe(400);
      },
      STORY_MS,
    );

    test(
      'without a key is of a user of its own, who sees nothing of another',
      async () => {
        const [one, other] = await Promise.all([anonymous(), anonymous()]);
        const { upload } = await announce(one.token);

        expect(one.tenant).toBe('dev');
        expect(one.user).not.toBe(other.user);
        expect((await call('GET', `/uploads/${upload.id}`, { token: one.token })).status).toBe(200);
        expect((await call('GET', `/uploads/${upload.id}`, { token: other.token })).status).toBe(
          404,
        );
        expect((await call('GET', '/uploads', { token: other.token })).json).toEqual({
          uploads: [],
        });
      },
      STORY_MS,
    );
  });

  describe('another tenant’s upload', () => {
    test(
      'E3: is on every route what an upload is that never was',
      async () => {
        const routes = routesOfUploads();
        const [acme, other] = await Promise.all(['acme', 'other'].map(apiKeyOf));
        const owner = await sessionOf(acme!.apiKey, 'ann');
        const strangers = [
          await sessionOf(other!.apiKey, 'ann'),
          await sessionOf(acme!.apiKey, 'bob'),
          await anonymous(),
          { token: stack().token },
        ];
        const created = await announce(owner.token);
        expect(await post(created)).toBeLessThan(300);
        await ended(owner.token, created.upload.id);
        const unknown = 'upl_00000000000000000000000000';

        expect(routes.length).toBeGreaterThanOrEqual(3);
        for (const { token } of strangers) {
          for (const [method, route] of routes) {
            const ask = async (id: string) => {
              const body = method === 'POST' ? {} : undefined;
              const { status, json } = await call(method, pathOf(route, id), { token, body });
              return { status, json: { ...(json as object), requestId: undefined } };
            };
            const seen = await ask(created.upload.id);
            expect(seen, `${method} ${route}`).toMatchObject({
              status: 404,
              json: { code: 'not_found' },
            });
            expect(seen, `${method} ${route}`).toEqual(await ask(unknown));
          }
          expect((await call('GET', '/uploads', { token })).text).not.toContain(created.upload.id);
        }
        expect((await call('GET', `/uploads/${created.upload.id}`, owner)).json).toMatchObject({
          state: 'completed',
        });
      },
      STORY_MS,
    );

    test(
      'E4: cannot be made by naming its owner in a body',
      async () => {
        const { token } = await anonymous();
        const fields = ['tenant', 'tenantId', 'owner', 'ownerId', 'state', 'steps', 'id', 'rev'];

        const statuses: number[] = [];
        for (const field of fields) {
          const body = { name: 'a', size: 1, [field]: 'acme' };
          statuses.push((await call('POST', '/uploads', { token, body })).status);
        }

        expect(statuses).toEqual(fields.map(() => 400));
        expect((await call('GET', '/uploads', { token })).json).toEqual({ uploads: [] });
      },
      STORY_MS,
    );
  });

  describe('an id', () => {
    test(
      'E5: has 128 random bits and none of it repeats',
      async () => {
        const { token } = await anonymous();
        const ids: string[] = [];
        while (ids.length < 12) ids.push((await announce(token)).upload.id);

        expect(new Set(ids).size).toBe(ids.length);
        for (const id of ids) expect(id).toMatch(/^upl_[0-7][0-9a-hjkmnp-tv-z]{25}$/);
        const prefixes = new Set(ids.map((id) => id.slice(0, 9)));
        expect(prefixes.size).toBeGreaterThan(9);
      },
      STORY_MS,
    );
  });
};
