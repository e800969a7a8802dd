/** Servers that a request may meet: HTTP, TLS, a name server that lies, and a canary that nobody may ever connect to. */
import { createServer as createHttp, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcp, type Server, type Socket } from 'node:net';
import {
  createHttpWebhookCaller,
  type HttpWebhookCallerOptions,
} from '../../shared/adapters/webhooks/http-webhook-caller.ts';
import { closeAfterEach } from './close-after-each.ts';
import { startNameServer } from './name-server.ts';

/** Starts servers that are gone after each test of the file. */
export const openStrangers = () => {
  const closing = closeAfterEach();

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

  return { listen, serve, startCanary, nameServer, closeLast: () => closing.pop()?.() };
};

export const callerOf = (options: Partial<HttpWebhookCallerOptions> = {}) =>
  createHttpWebhookCaller({
    resolve: async () => ['127.0.0.1'],
    allowsLoopback: true,
    deadlineMs: 2_000,
    ...options,
  });

export const post = (url: string, options: Partial<HttpWebhookCallerOptions> = {}) =>
  callerOf(options).call({ url, headers: { 'webhook-id': 'msg_1' }, body: '{"größe":1}' });
