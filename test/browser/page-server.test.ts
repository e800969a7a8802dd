/** How the laptop serves the page: to this machine's own name only, with the API as it is under /api. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, test } from 'vitest';
import { type LocalPage, startPage } from '../../local/page.ts';

const closing: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

type Answer = Parameters<typeof createServer>[1];

const startApi = async (
  answer: Answer,
): Promise<{ readonly url: string; readonly server: Server }> => {
  const server = createServer(answer);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  closing.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server };
};

const start = async (httpUrl = 'http://127.0.0.1:9'): Promise<LocalPage> => {
  const page = await startPage({
    port: 0,
    httpUrl,
    followUrl: httpUrl,
    s3Url: 'http://127.0.0.1:4566',
  });
  closing.push(() => page.close());
  return page;
};

/** `fetch` does not let a test say what the Host header is. */
const askAs = async (url: string, host: string): Promise<IncomingMessage> => {
  const asked = request(url, { headers: { host } }).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.resume();
  return answer;
};

describe('the page of the laptop', () => {
  test('is served with a policy that lets no inline script run and nobody frame it', async () => {
    const { url } = await start();
    const paths = ['/', '/app.js', '/app.css', '/icon.svg', '/config.json', '/openapi.json'];

    const answers = await Promise.all(paths.map((path) => fetch(url + path)));

    expect(answers.map(({ status }) => status)).toEqual(paths.map(() => 200));
    for (const { headers } of answers) {
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'; script-src 'self'; style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect(await answers[0]?.text()).not.toMatch(/<script(?! src=)|style=|\son\w+=/);
  });

  test('knows no file but its own', async () => {
    const { url } = await start();

    const paths = ['/app.ts', '/../package.json', '/%2e%2e/package.json', '/web/app.ts', '/api'];
    const answers = await Promise.all(paths.map((path) => fetch(url + path)));
    const posted = await fetch(url, { method: 'POST' });

    expect(answers.map(({ status }) => status)).toEqual([404, 404, 404, 404, 404]);
    expect(posted.status).toBe(404);
  });

  test('answers to no other name, so that no other site can pose as it', async () => {
    const { url } = await start();
    const { port } = new URL(url);

    const strange = await askAs(`${url}/config.json`, `rebound.example:${port}`);
    const local = await askAs(`${url}/?x=1`, `localhost:${port}`);

    expect(strange.statusCode).toBe(421);
    expect(local.statusCode).toBe(307);
    expect(local.headers.location).toBe(`${url}/?x=1`);
  });

  test('relays requests and answers as they are, without the origin', async () => {
    const seen: { url?: string | undefined; headers?: IncomingMessage['headers']; body?: string } =
      {};
    const api = await startApi(async (incoming, outgoing) => {
      seen.url = incoming.url;
      seen.headers = incoming.headers;
      seen.body = Buffer.concat(await incoming.toArray()).toString();
      outgoing.writeHead(201, { etag: '"7"', 'retry-after': '3' }).end('{"a":1}');
    });
    const { url } = await start(api.url);

    const answer = await fetch(`${url}/api/uploads?limit=2&cursor=a%2Fb`, {
      method: 'POST',
      headers: { authorization: 'Bearer x', origin: url, 'if-none-match': '"6"' },
      body: 'ü',
    });

    expect(answer.status).toBe(201);
    expect([answer.headers.get('etag'), answer.headers.get('retry-after')]).toEqual(['"7"', '3']);
    expect(await answer.text()).toBe('{"a":1}');
    expect(seen).toMatchObject({ url: '/uploads?limit=2&cursor=a%2Fb', body: 'ü' });
    expect(seen.headers).toMatchObject({ authorization: 'Bearer x', 'if-none-match': '"6"' });
    expect(seen.headers).not.toHaveProperty('origin');
  });

  test('passes an answer on while it is still being written, and stops asking when nobody listens', async () => {
    let left: (() => void) | undefined;
    const gone = new Promise<void>((resolve) => {
      left = resolve;
    });
    const api = await startApi((_, outgoing) => {
      outgoing.on('close', () => left?.());
      outgoing.write('first');
    });
    const { url } = await start(api.url);
    const leaving = new AbortController();

    const answer = await fetch(`${url}/api/slow`, { signal: leaving.signal });
    const { value } = (await answer.body?.getReader().read()) ?? {};
    leaving.abort();
    await gone;

    expect(Buffer.from(value ?? []).toString()).toBe('first');
  });

  test('says so when the API does not answer', async () => {
    const { url, server } = await startApi(() => undefined);
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    const page = await start(url);

    const answer = await fetch(`${page.url}/api/uploads`);

    expect(answer.status).toBe(502);
    expect(await answer.json()).toMatchObject({ code: 'unavailable' });
  });
});
