/** A TCP proxy before Redis that can go half deaf, slow, or away. */
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

export type ProxyMode =
  | 'open'
  /** Connections are accepted and stay open, and nothing ever comes back. */
  | 'half-open'
  /** Every answer is late. */
  | 'slow'
  /** Connections are reset. */
  | 'reset';

export interface RedisProxy {
  readonly port: number;
  set(mode: ProxyMode): void;
  close(): Promise<void>;
}

const LATE_MS = 120;

export const startRedisProxy = async (redisPort: () => number): Promise<RedisProxy> => {
  let mode: ProxyMode = 'open';
  const sockets = new Set<Socket>();

  const server = createServer((client) => {
    if (mode === 'reset') {
      client.resetAndDestroy();
      return;
    }
    const redis = connect({ host: '127.0.0.1', port: redisPort() });
    for (const [socket, other] of [
      [client, redis],
      [redis, client],
    ] as const) {
      sockets.add(socket);
      socket.setNoDelay(true);
      // A broken connection is what this proxy is for: the other side learns of it by the close.
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on('data', (bytes) => {
      if (mode !== 'half-open') redis.write(bytes);
    });
    redis.on('data', (bytes) => {
      if (mode === 'half-open') return;
      if (mode === 'slow') setTimeout(() => client.writable && client.write(bytes), LATE_MS);
      else client.write(bytes);
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });

  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      mode = next;
      if (mode === 'reset') for (const socket of sockets) socket.resetAndDestroy();
    },
    close: () =>
      new Promise((resolve) => {
        for (const socket of sockets) socket.destroy();
        server.close(() => resolve());
      }),
  };
};
