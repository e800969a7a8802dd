/** Requests that are repeated, wait, or come from another page. */
import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  announce,
  anonymous,
  type Created,
  call,
  ended,
  post,
  STORY_MS,
  type Status,
  stack,
  TEXT,
} from './client.ts';

export const describeRequests = (): void => {
  describe('a request that is repeated', () => {
    test(
      'with its Idempotency-Key is one upload, and another request under the same key a conflict',
      async () => {
        const { token } = await anonymous();
        const headers = { 'idempotency-key': 'a1-b2-c3' };
        const body = { name: 'a.txt', size: TEXT.length, type: 'text/plain' };

        const first = await call('POST', '/uploads', { token, headers, body });
        const second = await call('POST', '/uploads', { token, headers, body });
        const other = await call('POST', '/uploads', {
          token,
          headers,
          body: { ...body, size: 9 },
        });
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

  describe('an address that no route has', () => {
    test(
      'is not found, in the words of every other one, and says nothing of what there is',
      async () => {
        const { token } = await anonymous();
        for (const [method, path] of [
          ['GET', '/nowhere'],
          ['GET', '/'],
          ['PUT', '/uploads'],
          ['POST', '/uploads/x/history'],
        ] as const) {
          const answer = await call(method, path, { token });

          expect(answer.status, `${method} ${path}`).toBe(404);
          expect(answer.json).toEqual({
            type: 'urn:sluice:problem:not_found',
            title: expect.any(String),
            status: 404,
            code: 'not_found',
            requestId: expect.any(String),
          });
        }
        const served = await fetch(`${stack().httpUrl}/openapi.json`);
        expect(served.status).toBe(200);
        expect(await served.json()).toMatchObject({ openapi: expect.stringMatching(/^3\.1\./) });
      },
      STORY_MS,
    );
  });

  describe('a form that is posted again', () => {
    test.each([
      ['the same bytes', TEXT],
      ['other bytes', TEXT.toUpperCase()],
    ])(
      'E6, E7: with %s, at once and after the end, changes nothing of its upload',
      async (_name, again) => {
        const { token } = await anonymous();
        const created = await announce(token);
        const path = `/uploads/${created.upload.id}`;
        const history = async () => (await call('GET', `${path}/history`, { token })).json;

        const early = [await post(created), await post(created, again)];
        const first = await ended(token, created.upload.id);
        const told = await history();
        const late = await post(created, again);
        const neighbour = await announce(token);
        await post(neighbour);
        await ended(token, neighbour.upload.id);

        // S3 takes each as one more version of the object; the one that is ingested first counts, and only that one.
        expect([...early, late].every((status) => status < 300)).toBe(true);
        const digests = [TEXT, again].map((text) =>
          createHash('sha256').update(text).digest('hex'),
        );
        const steps = JSON.stringify(first.steps);
        expect(digests.filter((digest) => steps.includes(digest))).toHaveLength(
          again === TEXT ? 2 : 1,
        );
        expect(first).toMatchObject({ state: 'completed', generation: 1 });
        expect((await call('GET', path, { token })).json).toEqual(first);
        expect(await history()).toEqual(told);
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
        const api = `${stack().httpUrl}/uploads`;
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

        const asked = await preflight(`${stack().httpUrl}/uploads`, origin, 'DELETE');
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
};
