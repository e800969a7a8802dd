/** Stands between a function and one AWS endpoint, and counts what goes over the wire. */
import { createServer, request as send } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

export interface Wire {
  /** Requests by action: `PutItem`, `SendMessageBatch`, `GET`. */
  readonly requests: Map<string, number>;
}

export interface CountingProxy {
  readonly url: string;
  readonly wire: Wire;
  close(): Promise<void>;
}

const actionOf = (method: string, target: unknown): string =>
  typeof target === 'string' ? (target.split('.')[1] ?? target) : method;

/** Told of each request before it goes on and after it was answered. */
export interface Watcher {
  before(action: string, body: Buffer): Promise<unknown>;
  after(action: string, body: Buffer, seen: unknown): Promise<void>;
}

export const startCountingProxy = async (
  endpoint: string,
  watcher?: Watcher,
): Promise<CountingProxy> => {
  const wire: Wire = { requests: new Map() };
  const { hostname, port } = new URL(endpoint);

  const server = createServer(async (incoming, outgoing) => {
    try {
      const body = await buffer(incoming);
      const { method = 'GET', url: path, headers } = incoming;
      const action = actionOf(method, headers['x-amz-target']);
      wire.requests.set(action, (wire.requests.get(action) ?? 0) + 1);
      const seen = await watcher?.before(action, body);
      const upstream = send({ hostname, port, method, path, headers });
      upstream.end(body);
      upstream.on('error', () => outgoing.destroy());
      upstream.on('response', async (answered) => {
        const answer = await buffer(answered);
        await watcher?.after(action, body, seen);
        outgoing.writeHead(answered.statusCode ?? 500, answered.headers).end(answer);
      });
    } catch {
      // The client is gone; its own error tells why.
      outgoing.destroy();
    }
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    wire,
    async close() {
      server.closeAllConnections();
      await new Promise((closed) => server.close(closed));
    },
  };
};
