/** Invoking a function through the Lambda API of the laptop, played by the test. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { createInvoke, type Invoke } from '../../local/lambda/invoke.ts';

describe('invoking through the Lambda API', () => {
  type Reply = { status: number; body: string; headers?: Record<string, string> };

  const withApi = async (reply: Reply | 'hang up', act: (invoke: Invoke) => Promise<void>) => {
    const seen: string[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      seen.push(`${request.method} ${request.url} ${Buffer.concat(chunks)}`);
      if (reply === 'hang up') request.socket.destroy();
      else response.writeHead(reply.status, reply.headers).end(reply.body);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    await act(createInvoke(`http://127.0.0.1:${port}`));
    server.close();
    server.closeAllConnections();
    return seen;
  };

  it('gives the answer of the function as text', async () => {
    const seen = await withApi(
      { status: 200, body: '{"batchItemFailures":[]}' },
      async (invoke) => {
        expect(await invoke('sluice-dev-ingest', { Records: [] })).toEqual({
          payload: '{"batchItemFailures":[]}',
        });
      },
    );

    expect(seen).toEqual([
      'POST /2015-03-31/functions/sluice-dev-ingest/invocations {"Records":[]}',
    ]);
  });

  it('tells an error of the function by its header', async () => {
    const reply = {
      status: 200,
      body: '{"errorMessage":"boom","errorType":"Error"}',
      headers: { 'X-Amz-Function-Error': 'Unhandled' },
    };

    await withApi(reply, async (invoke) => {
      expect(await invoke('worker', {})).toEqual({ functionError: 'boom' });
    });
  });

  it('takes a broken connection for an error of the function, which may have run', async () => {
    await withApi('hang up', async (invoke) => {
      expect(await invoke('worker', {})).toMatchObject({
        functionError: expect.stringMatching(/broke/),
      });
    });
  });

  it('tells an unknown function and a closed port apart', async () => {
    const reply = { status: 404, body: '{"Message":"Function not found: worker","Type":"User"}' };
    let afterwards: Invoke | undefined;

    await withApi(reply, async (invoke) => {
      afterwards = invoke;
      await expect(invoke('worker', {})).rejects.toMatchObject({ code: 'FUNCTION_NOT_FOUND' });
    });

    await expect(afterwards?.('worker', {})).rejects.toMatchObject({ code: 'UNREACHABLE' });
  });
});
