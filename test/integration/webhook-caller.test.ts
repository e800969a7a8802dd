/** Requests to strangers over real connections: what they carry, and what they put up with. */
import { createServer as createHttps } from 'node:https';
import { createServer as createTcp } from 'node:net';
import { describe, expect, it } from 'vitest';
import { selfSigned } from '../support/certificate.ts';
import { openStrangers, post } from '../support/strangers.ts';

const { listen, serve, startCanary, closeLast } = openStrangers();

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

  it('is over when its answer asks for another protocol', async () => {
    const port = await listen(
      createTcp((socket) => {
        socket.on('error', () => undefined);
        socket.end(
          'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
        );
      }),
    );

    expect(await post(`http://127.0.0.1:${port}/`)).toMatchObject({
      status: 101,
      failure: 'endpoint_error',
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
    await closeLast();

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
