/** A Redis connection for functions that are frozen and thawed: made when first needed, dropped when in doubt. */
import { Redis } from 'ioredis';

/** TCP and TLS inside the network, also on a cold and small sandbox. */
export const CONNECT_MS = 250;
/** A closing handshake that nobody answers is not worth waiting for. */
const DISCONNECT_MS = 100;
const KEEP_ALIVE_MS = 10_000;

/** `redis://` or `rediss://` (TLS). Does nothing until the first command; never reconnects by itself. */
export const createRedisClient = (url: string): Redis => {
  const client = new Redis(url, {
    lazyConnect: true,
    connectTimeout: CONNECT_MS,
    disconnectTimeout: DISCONNECT_MS,
    keepAlive: KEEP_ALIVE_MS,
    // A timer that fires after a thaw helps nobody: the next command connects again.
    retryStrategy: () => null,
    // A command that waits in a queue outlives whoever wanted its answer.
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    // Who listened on a lost connection was told so, and listens anew.
    autoResubscribe: false,
    maxRetriesPerRequest: 0,
    // No greeting: each of its commands is a round trip before the first answer.
    protocol: 2,
    enableReadyCheck: false,
    disableClientInfo: true,
  });
  // Every failure also reaches the command that met it; without a listener ioredis would print it.
  client.on('error', () => undefined);
  return client;
};
