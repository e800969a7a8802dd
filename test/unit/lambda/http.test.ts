import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createMemoryLogger } from '../../../shared/adapters/memory/memory-logger.ts';
import { NonRetryableError, RequestError, RetryableError } from '../../../shared/domain/errors.ts';
import { createHttpHandler, type HttpRequest } from '../../../shared/lambda/http.ts';
import type { HttpAnswer } from '../../../shared/lambda/http-answer.ts';
import { verifierBy } from '../../../shared/usecases/verify-session.ts';
import { type HttpEventOptions, httpEvent, invocation } from '../../support/envelopes.ts';
import { CALLER, PRINCIPAL } from '../../support/memory-world.ts';

const schema = z.strictObject({ name: z.string().min(1), size: z.int() });
/** Of as many levels as fit into a body. */
const DEEP = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;
const VALID = { name: 'ü.txt', size: 3 };

type Handle = (request: HttpRequest) => Promise<HttpAnswer>;

const readBody: Handle = async (request) => ({ status: 200, body: request.body(schema) });

const setup = (handle: Handle = async () => ({ status: 200, body: { ok: true } })) => {
  const logs = createMemoryLogger();
  const sessions = verifierBy(async (token) => (token === 'valid' ? CALLER : undefined));
  const handler = createHttpHandler({ sessions, logger: logs }, handle);
  const request = async (options: HttpEventOptions | object = {}) => {
    const event = 'version' in options ? options : httpEvent(options);
    const answer = await handler(event as ReturnType<typeof httpEvent>, invocation());
    return { ...answer, json: answer.body === undefined ? undefined : JSON.parse(answer.body) };
  };
  return { logs, request };
};

describe('who is asking', () => {
  it('is told to the route, from the token alone', async () => {
    const { request } = setup(async ({ principal, requestId }) => ({
      status: 200,
      body: { principal, requestId },
    }));

    expect((await request({ body: { tenant: 'mallory' } })).json).toEqual({
      principal: PRINCIPAL,
      requestId: 'request-1',
    });
  });

  it.each([
    ['no header', {}],
    ['an empty header', { authorization: '' }],
    ['another scheme', { authorization: 'Basic dmFsaWQ=' }],
    ['no token', { authorization: 'Bearer ' }],
    ['a wrong token', { authorization: 'Bearer wrong' }],
    ['two tokens', { authorization: 'Bearer valid valid' }],
    ['a token with a line break', { authorization: 'Bearer valid\nx' }],
    ['a token in the wrong place', { cookie: 'authorization=Bearer valid' }],
    ['E14: a very long token', { authorization: `Bearer ${'a'.repeat(100_000)}!` }],
    ['E1: a token of 2 MB', { authorization: `Bearer ${'a'.repeat(2_000_000)}` }],
  ])('is answered 401 with one and the same body for %s', async (_name, headers) => {
    const { request } = setup();

    const answer = await request({ headers: headers as Record<string, string> });

    expect(answer.statusCode).toBe(401);
    expect(answer.headers).toMatchObject({ 'www-authenticate': 'Bearer' });
    expect(answer.json).toEqual({
      type: 'urn:sluice:problem:unauthenticated',
      title: 'Send a valid session in the Authorization header.',
      status: 401,
      code: 'unauthenticated',
      requestId: 'request-1',
    });
  });

  it('is asked before anything of the request is read', async () => {
    const { request } = setup(readBody);

    expect(await request({ headers: {}, body: 'not json' })).toMatchObject({ statusCode: 401 });
  });

  it('may spell the scheme as it likes', async () => {
    const { request } = setup();

    expect(await request({ headers: { authorization: 'bearer valid' } })).toMatchObject({
      statusCode: 200,
    });
  });
});

describe('the body', () => {
  it('is read as JSON', async () => {
    const { request } = setup(readBody);

    expect((await request({ body: VALID })).json).toEqual(VALID);
  });

  it('is read from base64', async () => {
    const { request } = setup(readBody);
    const body = Buffer.from(JSON.stringify(VALID)).toString('base64');

    expect((await request({ body, isBase64Encoded: true })).json).toEqual(VALID);
  });

  it.each([
    ['none', undefined, 'The body is not JSON.'],
    ['text', 'hello', 'The body is not JSON.'],
    ['half of it', '{"name":', 'The body is not JSON.'],
    ['another type', '[]', 'request: '],
    ['a missing field', { name: 'a' }, 'size: '],
    ['a wrong field', { name: '', size: 1 }, 'name: '],
    ['E4: a field that is nobody’s to set', { ...VALID, tenantId: 'x' }, 'request: '],
    ['E13: a prototype', '{"name":"a","size":1,"__proto__":{"polluted":true}}', 'request: '],
    ['E17: more than 64 KiB', { name: 'x'.repeat(65_536), size: 1 }, 'larger than 64 KiB'],
    ['E17: nesting without an end', '['.repeat(30_000), 'The body is not JSON.'],
    ['E17: deep nesting', DEEP, 'request: '],
    ['E17: deep nesting in a field', `{"name":${DEEP},"size":1}`, 'name: '],
  ])('is refused as 400, saying what is wrong: %s', async (_name, body, detail) => {
    const { request } = setup(readBody);

    const answer = await request({ body });

    expect(answer.statusCode).toBe(400);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(answer.json).toMatchObject({ code: 'invalid_request', status: 400 });
    expect(answer.json.detail).toContain(detail);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  it('is refused as 400 when the gateway says that there is none', async () => {
    const { request } = setup(readBody);

    expect(await request({ ...httpEvent(), body: null })).toMatchObject({ statusCode: 400 });
  });

  it('E17: in base64 is measured by its bytes', async () => {
    const { request } = setup(readBody);
    const body = Buffer.from(JSON.stringify({ name: 'x'.repeat(65_536), size: 1 })).toString(
      'base64',
    );

    expect(await request({ body, isBase64Encoded: true })).toMatchObject({ statusCode: 400 });
  });
});

describe('path and query', () => {
  it('that cannot exist are a 404 and a 400', async () => {
    const { request } = setup(async (asked) => {
      asked.path(z.object({ id: z.string().max(3) }));
      return { status: 200, body: asked.query(z.object({ limit: z.coerce.number().max(10) })) };
    });

    expect(await request({})).toMatchObject({ statusCode: 404 });
    expect(await request({ pathParameters: { id: 'long' } })).toMatchObject({ statusCode: 404 });
    const wrong = await request({ pathParameters: { id: 'a' }, query: { limit: '99' } });
    expect(wrong).toMatchObject({
      statusCode: 400,
      json: { detail: expect.stringContaining('limit') },
    });
    expect((await request({ pathParameters: { id: 'a' }, query: { limit: '9' } })).json).toEqual({
      limit: 9,
    });
  });
});

describe('an answer', () => {
  it('is not kept by others and not sniffed', async () => {
    const { request } = setup();

    expect((await request()).headers).toEqual({
      'cache-control': 'private, no-cache',
      'x-content-type-options': 'nosniff',
      'content-type': 'application/json',
    });
  });

  it('without a body has no content type', async () => {
    const { request } = setup(async () => ({ status: 302, headers: { location: '/x' } }));

    const answer = await request();

    expect(answer).toMatchObject({ statusCode: 302, headers: { location: '/x' } });
    expect(answer.headers).not.toHaveProperty('content-type');
    expect(answer).not.toHaveProperty('body');
  });
});

describe('an error', () => {
  const SECRET = 'arn:aws:s3:::sluice-dev-uploads AKIAEXAMPLE';

  it.each([
    ['our own refusal', new RequestError('not_found'), 404, 'not_found'],
    [
      'a bad request',
      new RequestError('invalid_request', { detail: 'No.' }),
      400,
      'invalid_request',
    ],
    [
      'something that may pass',
      new RetryableError('store_unavailable', { detail: SECRET }),
      503,
      'unavailable',
    ],
    ['something permanent', new NonRetryableError('corrupt', { detail: SECRET }), 500, 'internal'],
    ['a bug', new TypeError(SECRET), 500, 'internal'],
    ['something that is no error', SECRET, 500, 'internal'],
  ])('E20: tells of %s only what the caller may know', async (_name, thrown, status, code) => {
    const { request } = setup(async () => {
      throw thrown;
    });

    const answer = await request();

    expect(answer.statusCode).toBe(status);
    expect(answer.headers).toMatchObject({ 'content-type': 'application/problem+json' });
    expect(answer.json).toMatchObject({
      type: `urn:sluice:problem:${code}`,
      code,
      status,
      requestId: 'request-1',
    });
    expect(JSON.stringify(answer)).not.toMatch(/arn:|AKIA|TypeError|at .*\.ts/);
  });

  it('that may pass says when to try again', async () => {
    const { request } = setup(async () => {
      throw new RetryableError('store_unavailable');
    });

    expect((await request()).headers).toMatchObject({ 'retry-after': '2' });
  });

  it('of ours is logged whole, under the id that the caller was given', async () => {
    const { request, logs } = setup(async () => {
      throw new TypeError('x is undefined');
    });

    await request();

    expect(logs.lines()).toMatchObject([
      { level: 'error', message: 'request failed', requestId: 'request-1' },
    ]);
    expect(logs.text()).toContain('x is undefined');
  });

  it('of the caller is not logged as ours', async () => {
    const { request, logs } = setup();

    await request({ headers: {} });

    expect(logs.lines()).toEqual([]);
  });
});
