import { describe, expect, it } from 'vitest';
import { ApiError, TransferError } from '../../../client/errors.ts';
import type { Session } from '../../../client/session.ts';
import { createSluice } from '../../../client/sluice.ts';
import { startSession } from '../../../client/start-session.ts';
import { API, answerFetch, json, problem, type Sent, STORAGE, status } from './wire.ts';

const failureOf = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );

/** Its tokens are numbered; a forgotten one is followed by the next. */
const numbered = (): Session & { readonly forgotten: () => number } => {
  let number = 1;
  return {
    token: async () => `token-${number}`,
    forget: (token) => {
      if (token === `token-${number}`) number += 1;
      return true;
    },
    forgotten: () => number - 1,
  };
};

describe('a request of the client', () => {
  it('goes to its route with the token, the tag and the time it may wait', async () => {
    const requests = answerFetch(() =>
      json(status('processing'), 200, {
        etag: '"7"',
        'retry-after': '3',
        'x-status-source': 'store',
      }),
    );
    const sluice = createSluice({ url: `${API}/v1/`, session: 'secret' });

    const answer = await sluice.status('a/b', { etag: '"6"', waitSeconds: 20 });

    expect(requests[0]?.url.href).toBe(`${API}/v1/uploads/a%2Fb?wait=20`);
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer secret');
    expect(requests[0]?.headers.get('if-none-match')).toBe('"6"');
    expect(answer).toMatchObject({ etag: '"7"', retryAfterSeconds: 3, source: 'store' });
    expect(answer.status?.state).toBe('processing');
  });

  it('that finds nothing new says so and keeps its tag', async () => {
    answerFetch(() => new Response(null, { status: 304 }));
    const sluice = createSluice({ url: API, session: 'secret' });

    expect(await sluice.status('upl_1', { etag: '"6"' })).toMatchObject({
      status: undefined,
      etag: '"6"',
    });
  });

  it('that is refused is an error with the API’s sentence, code and request id', async () => {
    answerFetch(() => problem(429, 'unavailable', { 'retry-after': '5' }));
    const sluice = createSluice({ url: API, session: 'secret' });

    const error = await failureOf(sluice.list());

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({
      message: 'Refused: unavailable.',
      status: 429,
      code: 'unavailable',
      requestId: 'request-1',
      retryAfterSeconds: 5,
    });
  });

  it.each([
    ['is none of the API’s', () => new Response('<html>', { status: 502 }), 502],
    ['has another shape', () => json({ hello: 'world' }), 502],
    ['never comes', () => Promise.reject(new TypeError('fetch failed')), 0],
  ])('whose answer %s is an error too', async (_name, answer, expected) => {
    answerFetch(answer);
    const sluice = createSluice({ url: API, session: 'secret' });

    const error = await failureOf(sluice.history('upl_1'));

    expect(error).toBeInstanceOf(ApiError);
    expect(error).toMatchObject({ status: expected, code: undefined });
  });

  it('that is given up rejects with the reason', async () => {
    const reason = new Error('enough');
    answerFetch(() => Promise.reject(new TypeError('fetch failed')));
    const sluice = createSluice({ url: API, session: 'secret' });

    const signal = AbortSignal.abort(reason);

    expect(await failureOf(sluice.delete('upl_1', { signal }))).toBe(reason);
  });
});

describe('a session that has run out', () => {
  it('is replaced once, however many requests meet its end together', async () => {
    const session = numbered();
    const requests = answerFetch(({ headers }) =>
      headers.get('authorization') === 'Bearer token-1'
        ? problem(401, 'unauthenticated')
        : json({ uploads: [] }),
    );
    const sluice = createSluice({ url: API, session });

    await Promise.all([sluice.list(), sluice.list(), sluice.list()]);

    expect(session.forgotten()).toBe(1);
    expect(requests.length).toBe(6);
  });

  it('is the end when nothing can replace it', async () => {
    const requests = answerFetch(() => problem(401, 'unauthenticated'));
    const sluice = createSluice({ url: API, session: 'secret' });

    expect(await failureOf(sluice.list())).toMatchObject({ status: 401 });
    expect(requests.length).toBe(1);
  });
});

describe('a new session', () => {
  it('is asked for with the key of the tenant and the name of its user', async () => {
    const requests = answerFetch(() => json({ token: 'new' }, 201));

    const started = await startSession(API, { apiKey: 'slk.acme.1.2', user: 'ann' });

    expect(started.token).toBe('new');
    expect(requests[0]?.headers.get('authorization')).toBe('Bearer slk.acme.1.2');
    expect(requests[0]?.body).toBe('{"user":"ann"}');
  });
});

describe('a derived file', () => {
  const link = { url: `${STORAGE}/results/1?signature`, expiresAt: 'soon', fileName: 'a.csv.b' };
  const atStorage = ({ url }: Sent) => url.href.startsWith(STORAGE);

  it('is opened at the address that the API gives, where the session is nobody’s business', async () => {
    const requests = answerFetch((sent) => (atStorage(sent) ? new Response('bytes') : json(link)));
    const sluice = createSluice({ url: API, session: 'secret' });

    const opened = await sluice.open('/uploads/upl_1/results/a/b');
    const linked = await sluice.link('/uploads/upl_1/results/a/b');

    expect(await opened.text()).toBe('bytes');
    expect(linked).toEqual(link);
    expect(
      requests.map(({ headers }) => [headers.get('accept'), headers.get('authorization')]),
    ).toEqual([
      ['application/json', 'Bearer secret'],
      [null, null],
      ['application/json', 'Bearer secret'],
    ]);
  });

  it('that the storage does not give is no refusal of the API', async () => {
    answerFetch((sent) =>
      atStorage(sent) ? new Response('<Error/>', { status: 403 }) : json(link),
    );
    const sluice = createSluice({ url: API, session: 'secret' });

    const error = await failureOf(sluice.open('/uploads/upl_1/results/a/b'));

    expect(error).toBeInstanceOf(TransferError);
    expect(error).toMatchObject({ status: 403 });
  });

  it('that is none is the API’s 404', async () => {
    answerFetch(() => problem(404, 'not_found'));
    const sluice = createSluice({ url: API, session: 'secret' });

    const error = await failureOf(sluice.link('/uploads/upl_1/results/a/b'));

    expect(error).toMatchObject({ name: 'ApiError', code: 'not_found' });
  });

  it('stands in the list of results, and the manifest has an address of its own', async () => {
    const requests = answerFetch((sent) => {
      if (atStorage(sent)) return json({ manifest: 1 });
      return json(sent.url.pathname.endsWith('/manifest') ? link : { steps: [] });
    });
    const sluice = createSluice({ url: API, session: 'secret' });

    const results = await sluice.results('upl_1');
    const manifest = await sluice.manifest('upl_1');

    expect(results).toEqual({ steps: [] });
    expect(await manifest.json()).toEqual({ manifest: 1 });
    expect(requests.map(({ url }) => url.pathname)).toEqual([
      '/uploads/upl_1/results',
      '/uploads/upl_1/manifest',
      '/results/1',
    ]);
  });
});
