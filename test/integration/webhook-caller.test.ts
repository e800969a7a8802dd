/** Requests to strangers: real servers, a real name server that lies, and a canary that nobody may ever connect to. */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { createServer as createHttps } from 'node:https';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import {
  createHttpWebhookCaller,
  type HttpWebhookCallerOptions,
} from '../../shared/adapters/webhooks/http-webhook-caller.ts';
import { createResolver } from '../../shared/adapters/webhooks/resolver.ts';
import { selfSigned } from '../support/certificate.ts';
import { startNameServer } from '../support/name-server.ts';

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const listen = async (server: Server, host = '127.0.0.1', port = 0): Promise<number> => {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
  });
  await new Promise<void>((bound) => server.listen(port, host, bound));
  closing.push(async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((closed) => server.close(closed));
  });
  return (server.address() as AddressInfo).port;
};

const serve = (listener: RequestListener): Promise<number> => listen(createHttp(listener));

/** Counts whoever connects. */
const startCanary = async (host?: string, onPort?: number) => {
  let hits = 0;
  const port = await listen(
    createTcp(() => {
      hits += 1;
    }),
    host,
    onPort,
  );
  return { port, hits: () => hits };
};

const nameServer = async (answer: Parameters<typeof startNameServer>[0]) => {
  const server = await startNameServer(answer);
  closing.push(server.close);
  return server;
};

const callerOf = (options: Partial<HttpWebhookCallerOptions> = {}) =>
  createHttpWebhookCaller({
    resolve: async () => ['127.0.0.1'],
    allowsLoopback: true,
    deadlineMs: 2_000,
    ...options,
  });

const post = (url: string, options: Partial<HttpWebhookCallerOptions> = {}) =>
  callerOf(options).call({ url, headers: { 'webhook-id': 'msg_1' }, body: '{"größe":1}' });

describe('a request to a webhook', () => {
  it('carries headers and body to the byte, and tells nothing of the sender', async () => {
    const seen: unknown[] = [];
    const port = await serve((request, answer) => {
      request.setEncoding('utf8');
      let body = '';
      request.on('data', (chunk) => {
        body += chunk;
      });
      request.on('end', () => {
        seen.push({ method: request.method, url: request.url, headers: request.headers, body });
        answer.writeHead(204).end();
      });
    });

    const answer = await post(`http://127.0.0.1:${port}/in?tenant=a%20b`);

    expect(answer).toEqual({ status: 204, durationMs: expect.any(Number) });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/in?tenant=a%20b',
        headers: {
          'webhook-id': 'msg_1',
          host: `127.0.0.1:${port}`,
          'user-agent': 'Sluice-Webhooks/1',
          'content-length': '13',
          connection: 'close',
        },
        body: '{"größe":1}',
      },
    ]);
  });

  it.each([
    [200, undefined],
    [299, undefined],
    [304, 'endpoint_redirects'],
    [400, 'endpoint_error'],
    [410, 'endpoint_gone'],
    [500, 'endpoint_error'],
  ])('is told apart by its status: %i', async (status, failure) => {
    const port = await serve((_request, answer) => answer.writeHead(status).end());

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      status,
      ...(failure && { failure }),
    });
  });

  it('E15: follows no redirect', async () => {
    const canary = await startCanary();
    const port = await serve((_request, answer) =>
      answer.writeHead(307, { location: `http://127.0.0.1:${canary.port}/` }).end(),
    );

    const answer = await post(`http://127.0.0.1:${port}/`);

    expect(answer).toMatchObject({ status: 307, failure: 'endpoint_redirects' });
    expect(canary.hits()).toBe(0);
  });

  it('E15: waits no longer than its deadline for an answer', async () => {
    const port = await serve(() => undefined);

    const answer = await post(`http://127.0.0.1:${port}/`, { deadlineMs: 150 });

    expect(answer).toEqual({ failure: 'endpoint_slow', durationMs: expect.any(Number) });
  });

  it('E15: waits no longer for headers that drip', async () => {
    const port = await listen(
      createTcp((socket) => {
        socket.write('HTTP/1.1 200 OK\r\n');
        const drip = setInterval(() => socket.write('x: y\r\n'), 20);
        socket.on('close', () => clearInterval(drip));
      }),
    );

    expect(await post(`http://127.0.0.1:${port}/`, { deadlineMs: 200 })).toMatchObject({
      failure: 'endpoint_slow',
    });
  });

  it('E15: leaves a body that drips at the deadline; the status has said it', async () => {
    let isClosed = false;
    const port = await serve((_request, answer) => {
      answer.writeHead(200);
      const drip = setInterval(() => answer.write('x'), 20);
      answer.on('close', () => {
        isClosed = true;
        clearInterval(drip);
      });
    });

    const answer = await post(`http://127.0.0.1:${port}/`, { deadlineMs: 200 });

    expect(answer).toMatchObject({ status: 200 });
    expect(answer).not.toHaveProperty('failure');
    await expect.poll(() => isClosed).toBe(true);
  });

  it('E15: reads no more than 64 KB of an answer without end', async () => {
    let isClosed = false;
    const port = await serve((_request, answer) => {
      answer.writeHead(500);
      const chunk = Buffer.alloc(16 * 1024);
      const pump = (): void => {
        while (!isClosed && answer.write(chunk));
      };
      answer.on('drain', pump);
      answer.on('close', () => {
        isClosed = true;
      });
      pump();
    });

    // Without the bound this would end at the deadline, as the one above does.
    const answer = await post(`http://127.0.0.1:${port}/`, { deadlineMs: 15_000 });

    expect(answer).toMatchObject({ status: 500, failure: 'endpoint_error' });
    expect(answer.durationMs).toBeLessThan(10_000);
    await expect.poll(() => isClosed).toBe(true);
  });

  it.each([
    ['SSH-2.0-OpenSSH\r\n', 'endpoint_garbled'],
    [`HTTP/1.1 200 OK\r\nx: ${'y'.repeat(20_000)}\r\n\r\n`, 'endpoint_garbled'],
    ['', 'endpoint_unreachable'],
  ])('that is answered %j fails with a code', async (text, failure) => {
    const port = await listen(createTcp((socket) => socket.end(text)));

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({ failure });
  });

  it('to a port that nobody listens at fails with a code', async () => {
    const canary = await startCanary();
    await closing.pop()?.();

    expect(await post(`http://127.0.0.1:${canary.port}/`)).toMatchObject({
      failure: 'endpoint_unreachable',
    });
  });
});

describe('TLS', () => {
  const secure = async (...names: readonly string[]) => {
    const certificate = selfSigned(...names);
    const hosts: unknown[] = [];
    const server = createHttps(certificate, (request, answer) => {
      hosts.push(request.headers.host);
      answer.writeHead(200).end();
    });
    server.on('tlsClientError', () => undefined);
    return { port: await listen(server), ca: certificate.cert, hosts };
  };

  it('is checked for the name of the address, over a connection to the checked address', async () => {
    const { port, ca, hosts } = await secure('hooks.example.org');

    const answer = await post(`https://hooks.example.org:${port}/`, { ca });

    expect(answer).toMatchObject({ status: 200 });
    expect(hosts).toEqual([`hooks.example.org:${port}`]);
  });

  it('of another name, or of nobody we trust, is no TLS', async () => {
    const { port, ca, hosts } = await secure('hooks.example.org');

    for (const options of [{ ca }, {}]) {
      const url = `https://${options.ca ? 'other' : 'hooks'}.example.org:${port}/`;
      expect(await post(url, options)).toMatchObject({ failure: 'endpoint_untrusted' });
    }
    expect(hosts).toEqual([]);
  });
});

describe('a name that leads somewhere else', () => {
  /** As deployed, but for the port: only what the address is stands between a request and the canary. */
  const deployed = (server: string, port: number) => ({
    resolve: createResolver([server]),
    allowsLoopback: false,
    ports: [port],
  });

  it.each([['127.0.0.1'], ['::1'], ['::ffff:127.0.0.1'], ['64:ff9b::7f00:1'], ['2002:7f00:1::']])(
    'E15: %s is refused when it is saved and when it is called',
    async (address) => {
      const canary = await startCanary();
      const { address: server } = await nameServer(() => [address]);
      const options = deployed(server, canary.port);
      const url = `https://hooks.example.org:${canary.port}/`;

      expect(await callerOf(options).refusalOf(url)).toBe(
        'Its host is not on the public internet.',
      );
      expect(await post(url, options)).toMatchObject({ failure: 'endpoint_address_refused' });
      expect(canary.hits()).toBe(0);
    },
  );

  it('E15: is refused when one of its addresses is public and another is not', async () => {
    const canary = await startCanary();
    const { address: server } = await nameServer(() => ['8.8.8.8', '127.0.0.1']);

    const answer = await post(
      `https://hooks.example.org:${canary.port}/`,
      deployed(server, canary.port),
    );

    expect(answer).toMatchObject({ failure: 'endpoint_address_refused' });
    expect(canary.hits()).toBe(0);
  });

  it('E15: was public when it was saved, and is refused once it is not any more', async () => {
    const canary = await startCanary();
    const { address: server } = await nameServer((_name, turn) =>
      turn === 1 ? ['8.8.8.8'] : ['127.0.0.1'],
    );
    const options = deployed(server, canary.port);
    const url = `https://hooks.example.org:${canary.port}/`;

    expect(await callerOf(options).refusalOf(url)).toBeUndefined();
    expect(await post(url, options)).toMatchObject({ failure: 'endpoint_address_refused' });
    expect(canary.hits()).toBe(0);
  });

  it('E15: is connected to where it was looked at, though it leads elsewhere a moment later', async () => {
    const port = await serve((_request, answer) => answer.writeHead(200).end());
    const canary = await startCanary('127.0.0.2', port);
    const { address: server, asked } = await nameServer((_name, turn) =>
      turn === 1 ? ['127.0.0.1'] : ['127.0.0.2'],
    );

    const answer = await post(`http://hooks.example.org:${port}/`, {
      resolve: createResolver([server]),
    });

    expect(answer).toMatchObject({ status: 200 });
    expect(canary.hits()).toBe(0);
    // Once for each family, by the check; the connection asked nobody.
    expect(asked).toEqual(['hooks.example.org', 'hooks.example.org']);
  });

  it('is a failure with a code when nobody knows it, or its name server is silent', async () => {
    const unknown = await nameServer(() => []);
    const silent = await nameServer(() => undefined);
    const url = 'https://hooks.example.org/';

    expect(await post(url, deployed(unknown.address, 443))).toMatchObject({
      failure: 'endpoint_unresolved',
    });
    expect(await post(url, { ...deployed(silent.address, 443), deadlineMs: 150 })).toMatchObject({
      failure: 'endpoint_slow',
    });
  });
});
