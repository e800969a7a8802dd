/** The front door from outside: who gets in, what they may see and change, and what is left of it when they say so. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { ListObjectVersionsCommand, S3Client } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Stack, startStack } from '../../local/stack.ts';

const START_MS = 90_000;
const STORY_MS = 60_000;

let stack: Stack;

beforeAll(async () => {
  stack = await startStack({ logLevel: 'warn' });
}, START_MS);

afterAll(async () => {
  await stack?.close();
}, START_MS);

interface Call extends Omit<RequestInit, 'body'> {
  readonly token?: string;
  readonly body?: unknown;
}

const call = async (method: string, path: string, { token, body, headers, ...init }: Call = {}) => {
  const answer = await fetch(`${stack.httpUrl}${path}`, {
    ...init,
    method,
    redirect: 'manual',
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await answer.text();
  return {
    status: answer.status,
    headers: answer.headers,
    text,
    // What it is, each test says by what it asks of it.
    json: (text === '' ? undefined : JSON.parse(text)) as never,
  };
};

interface Started {
  readonly token: string;
  readonly tenant: string;
  readonly user: string;
}

interface Created {
  readonly upload: { readonly id: string; readonly state: string; readonly rev: number };
  readonly post?: { readonly url: string; readonly fields: Readonly<Record<string, string>> };
}

const operate = async (name: string, event: object): Promise<never> => {
  const path = `/2015-03-31/functions/sluice-dev-${name}/invocations`;
  const answer = await fetch(`${stack.lambdaUrl}${path}`, {
    method: 'POST',
    body: JSON.stringify(event),
  });
  return (await answer.json()) as never;
};

const apiKeyOf = async (tenant: string): Promise<{ apiKey: string; keyId: string }> =>
  operate('api-keys', { action: 'make', tenant });

const sessionOf = async (apiKey: string, user: string): Promise<Started> =>
  (await call('POST', '/sessions', { token: apiKey, body: { user } })).json;

const anonymous = async (): Promise<Started> => (await call('POST', '/sessions')).json;

const TEXT = 'one\ntwo\n';

const announce = async (token: string, body: object = {}): Promise<Created> => {
  const declared = { name: 'a.txt', size: TEXT.length, type: 'text/plain', ...body };
  return (await call('POST', '/uploads', { token, body: declared })).json;
};

const post = async ({ post: form }: Created, bytes = TEXT): Promise<number> => {
  const body = new FormData();
  for (const [name, value] of Object.entries(form?.fields ?? {})) body.append(name, value);
  body.append('file', new Blob([bytes]), 'a.txt');
  return (await fetch(form?.url ?? '', { method: 'POST', body })).status;
};

const until = async <T>(look: () => Promise<T | undefined>): Promise<T> => {
  const giveUpAt = Date.now() + STORY_MS - 5_000;
  while (Date.now() < giveUpAt) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await new Promise((wake) => setTimeout(wake, 200));
  }
  throw new Error('It did not come about.');
};

interface Status {
  readonly id: string;
  readonly state: string;
  readonly rev: number;
  readonly steps: readonly { readonly files: readonly { readonly href: string }[] }[];
}

const ended = (token: string, id: string): Promise<Status> =>
  until(async () => {
    const status: Status = (await call('GET', `/uploads/${id}`, { token })).json;
    return ['awaiting_upload', 'processing'].includes(status.state) ? undefined : status;
  });

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
      const development = await call('POST', '/sessions', { token: stack.token, body: {} });
      const named = await call('POST', '/sessions', { body: { user: 'ann' } });
      const owned = await call('POST', '/sessions', { body: { owner: 'bucket', tenant: 'acme' } });

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
      expect((await call('GET', `/uploads/${upload.id}`, { token: other.token })).status).toBe(404);
      expect((await call('GET', '/uploads', { token: other.token })).json).toEqual({ uploads: [] });
    },
    STORY_MS,
  );
});

/** Every route that names an upload, from the template itself: a new one is asked too. */
const routesOfUploads = (): readonly (readonly [string, string])[] => {
  const template = readFileSync(new URL('../../serverless.yml', import.meta.url), 'utf8');
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
        { token: stack.token },
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

describe('a deletion', () => {
  const versionsOf = async (functionKey: string, variable: string, prefix: string) => {
    const { credentials, region, endpoints, model } = stack;
    const s3 = new S3Client({ credentials, region, endpoint: endpoints.s3, forcePathStyle: true });
    const Bucket = model.environments[functionKey]?.[variable] ?? '';
    const listing = await s3.send(new ListObjectVersionsCommand({ Bucket, Prefix: prefix }));
    s3.destroy();
    return [...(listing.Versions ?? []), ...(listing.DeleteMarkers ?? [])].map(({ Key }) => Key);
  };

  const leftOf = async (tenant: string, id: string) => [
    ...(await versionsOf('erase-upload', 'UPLOADS_BUCKET', `incoming/${tenant}/${id}`)),
    ...(await versionsOf('erase-upload', 'RESULTS_BUCKET', `results/${id}/`)),
  ];

  const untilNothingIsLeftOf = (tenant: string, id: string) =>
    until(async () => ((await leftOf(tenant, id)).length === 0 ? true : undefined));

  test(
    'E23: takes back an upload that has ended: answers, listing, history, results, objects',
    async () => {
      const { token, tenant } = await anonymous();
      const created = await announce(token);
      const { id } = created.upload;
      await post(created);
      await ended(token, id);
      expect((await leftOf(tenant, id)).length).toBeGreaterThan(1);

      const deletion = await call('DELETE', `/uploads/${id}`, { token });
      const readings = ['', '/history', '/results/text-stats/a'].map(
        (rest) => `/uploads/${id}${rest}`,
      );
      const statuses: number[] = [];
      for (const path of readings) statuses.push((await call('GET', path, { token })).status);

      expect(deletion).toMatchObject({ status: 204, text: '' });
      expect(statuses).toEqual([404, 404, 404]);
      expect((await call('GET', '/uploads', { token })).json).toEqual({ uploads: [] });
      await untilNothingIsLeftOf(tenant, id);
      expect((await call('DELETE', `/uploads/${id}`, { token })).status).toBe(204);
    },
    STORY_MS,
  );

  test(
    'E23: of an upload that waits for its file takes the file that comes all the same',
    async () => {
      const { token, tenant } = await anonymous();
      const created = await announce(token);
      const { id } = created.upload;

      expect((await call('DELETE', `/uploads/${id}`, { token })).status).toBe(204);
      expect(await post(created)).toBeLessThan(300);

      await untilNothingIsLeftOf(tenant, id);
      expect((await call('GET', `/uploads/${id}`, { token })).status).toBe(404);
    },
    STORY_MS,
  );
});

describe('a request that is repeated', () => {
  test(
    'with its Idempotency-Key is one upload, and another request under the same key a conflict',
    async () => {
      const { token } = await anonymous();
      const headers = { 'idempotency-key': 'a1-b2-c3' };
      const body = { name: 'a.txt', size: TEXT.length, type: 'text/plain' };

      const first = await call('POST', '/uploads', { token, headers, body });
      const second = await call('POST', '/uploads', { token, headers, body });
      const other = await call('POST', '/uploads', { token, headers, body: { ...body, size: 9 } });
      const wrong = await call('POST', '/uploads', {
        token,
        headers: { 'idempotency-key': 'a b' },
        body,
      });
      const repeated: Created = second.json;

      expect([first, second, other, wrong].map(({ status }) => status)).toEqual([
        201, 200, 409, 400,
      ]);
      expect(other.json).toMatchObject({ code: 'conflict' });
      expect(repeated.upload.id).toBe((first.json as Created).upload.id);
      expect(await post(repeated)).toBeLessThan(300);
    },
    STORY_MS,
  );
});

describe('a poll that waits', () => {
  test(
    'is answered at the next change, and with 304 when there was none',
    async () => {
      const { token } = await anonymous();
      const created = await announce(token);
      const path = `/uploads/${created.upload.id}`;

      const none = await call('GET', `${path}?wait=1`, {
        token,
        headers: { 'if-none-match': '"1"' },
      });
      const waiting = call('GET', `${path}?wait=25`, {
        token,
        headers: { 'if-none-match': '"1"' },
      });
      await post(created);
      const changed = await waiting;

      expect(none.status).toBe(304);
      expect(changed.status).toBe(200);
      expect((changed.json as Status).rev).toBeGreaterThan(1);
      expect((await call('GET', `${path}?wait=26`, { token })).status).toBe(400);
    },
    STORY_MS,
  );
});

describe('a file in parts', () => {
  interface Signed {
    readonly partSize: number;
    readonly partCount: number;
    readonly parts: readonly { readonly partNumber: number; readonly url: string }[];
  }
  interface Listed {
    readonly parts: readonly { readonly PartNumber: number; readonly ETag: string }[];
  }

  test(
    'goes on after a lost connection, is completed once, and is processed as what it is',
    async () => {
      const { token } = await anonymous();
      const bytes = Buffer.alloc(11 * 1024 ** 2, 'sluice in parts\n');
      const { upload } = await announce(token, { name: 'long.txt', size: bytes.length });
      const path = `/uploads/${upload.id}`;
      const sendPart = async (partNumber: number): Promise<number> => {
        const body = { parts: [partNumber] };
        const signed: Signed = (await call('POST', `${path}/parts`, { token, body })).json;
        const start = (partNumber - 1) * signed.partSize;
        const part = bytes.subarray(start, start + signed.partSize);
        return (await fetch(signed.parts[0]!.url, { method: 'PUT', body: part })).status;
      };
      const list = async (): Promise<Listed> =>
        (await call('GET', `${path}/parts`, { token })).json;
      const complete = async (body: object = {}) =>
        call('POST', `${path}/complete`, { token, body });

      expect([await sendPart(1), await sendPart(3)]).toEqual([200, 200]);
      const early = await complete();
      const resumed = await list();
      expect(await sendPart(2)).toBe(200);
      const { parts } = await list();
      const first = await complete({
        parts: parts.map(({ PartNumber, ETag }) => ({ PartNumber, ETag })),
      });
      const again = await complete();
      const status = await ended(token, upload.id);

      expect(early).toMatchObject({ status: 400, json: { code: 'invalid_request' } });
      expect(resumed.parts.map(({ PartNumber }) => PartNumber)).toEqual([1, 3]);
      expect([first.status, again.status]).toEqual([200, 200]);
      expect(first.json).toMatchObject({ location: path });
      expect(status).toMatchObject({ state: 'completed', size: bytes.length });
      expect(JSON.stringify(status)).toContain(createHash('sha256').update(bytes).digest('hex'));
    },
    STORY_MS,
  );

  test(
    'can be given up and taken back, and leaves no part behind',
    async () => {
      const { token } = await anonymous();
      const { upload } = await announce(token, { size: 6 * 1024 ** 2 });
      const path = `/uploads/${upload.id}`;
      const body = { parts: [1] };
      await call('POST', `${path}/parts`, { token, body });

      const aborted = await call('DELETE', `${path}/parts`, { token });
      const completed = await call('POST', `${path}/complete`, { token });
      const wrong = await call('POST', `${path}/parts`, { token, body: { parts: [3] } });
      await call('DELETE', path, { token });
      const gone = await call('POST', `${path}/parts`, { token, body });

      expect([aborted.status, completed.status, wrong.status, gone.status]).toEqual([
        204, 409, 400, 404,
      ]);
    },
    STORY_MS,
  );
});

describe('a page of another origin', () => {
  const EVIL = [
    'https://evil.example',
    'null',
    'http://localhost:3000.evil.example',
    'http://127.0.0.1',
  ];
  const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin');
  const preflight = (url: string, origin: string, method: string) =>
    fetch(url, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': method,
        'access-control-request-headers': 'authorization,content-type,idempotency-key',
      },
    });

  test(
    'E18: is told nothing that would let it read an answer, and never itself',
    async () => {
      const { token } = await anonymous();
      const created = await announce(token);
      const api = `${stack.httpUrl}/uploads`;
      const answers: Response[] = [];
      for (const origin of EVIL) {
        answers.push(await preflight(api, origin, 'POST'));
        answers.push(await fetch(api, { headers: { origin, authorization: `Bearer ${token}` } }));
        answers.push(await preflight(created.post!.url, origin, 'PUT'));
      }

      for (const answer of answers) {
        expect(allowed(answer)).toBeNull();
        expect(answer.headers.get('access-control-allow-credentials')).not.toBe('true');
      }
    },
    STORY_MS,
  );

  test(
    'that is configured may call the API and post to the bucket, without credentials',
    async () => {
      const origin = 'http://localhost:3000';
      const { token } = await anonymous();
      const { post: form } = await announce(token);

      const asked = await preflight(`${stack.httpUrl}/uploads`, origin, 'DELETE');
      const posting = await preflight(form!.url, origin, 'POST');

      expect(asked.status).toBeLessThan(300);
      expect(allowed(asked)).toBe(origin);
      expect(asked.headers.get('access-control-allow-headers')).toMatch(/idempotency-key/i);
      expect(asked.headers.get('access-control-allow-credentials')).not.toBe('true');
      expect(allowed(posting)).toBe(origin);
    },
    STORY_MS,
  );
});
