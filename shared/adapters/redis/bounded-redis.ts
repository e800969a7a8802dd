/** Redis commands that always end in time and never throw. */
import { type Redis, ReplyError } from 'ioredis';
import type { Clock } from '../../ports/clock.ts';
import type { Logger } from '../../ports/logger.ts';
import { createCircuitBreaker } from './circuit-breaker.ts';
import { CONNECT_MS } from './client.ts';

type Reply<T> =
  | { readonly kind: 'answered'; readonly value: T }
  /** The server answered that it will not: wrong type, out of memory. */
  | { readonly kind: 'refused'; readonly error: Error }
  | { readonly kind: 'unavailable' };

export interface BoundedRedisOptions {
  readonly client: Redis;
  readonly logger: Logger;
  readonly clock: Clock;
  /** For one command on an open connection; the first one may also take the time to connect. */
  readonly commandMs?: number | undefined;
}

export interface BoundedRedis {
  /** Begins to connect, so that the first command need not wait for it. Whether that works, the first command finds out. */
  open(): void;
  run<T>(command: (client: Redis) => Promise<T>): Promise<Reply<T>>;
}

/** A poll from the state itself takes a few tens of milliseconds: waiting longer for the short cut makes no sense. */
const COMMAND_MS = 75;
const FAILURES_TO_OPEN = 3;
const OPEN_MS = 2_000;
/** One line per sandbox and half minute says as much as one per poll. */
const REPORT_EVERY_MS = 30_000;

class SilenceError extends Error {
  override readonly name = 'SilenceError';
}

const within = async <T>(ms: number, work: Promise<T>): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<never>((_, reject) => {
    const give = () => reject(new SilenceError(`Redis said nothing for ${ms} ms.`));
    // Who was busy or frozen for so long has not heard yet what came meanwhile: it listens once before it calls that silence.
    timer = setTimeout(() => setImmediate(give), ms);
  });
  try {
    return await Promise.race([work, silence]);
  } finally {
    clearTimeout(timer);
  }
};

/** Says at a bounded rate how often the board was not there. */
const createReport = (logger: Logger, clock: Clock) => {
  let missed = 0;
  let nextAt = Number.NEGATIVE_INFINITY;
  return (err?: Error): void => {
    missed += 1;
    if (clock.now() < nextAt) return;
    logger.warn({ missed, ...(err === undefined ? {} : { err }) }, 'status board unavailable');
    missed = 0;
    nextAt = clock.now() + REPORT_EVERY_MS;
  };
};

/**
 * What is sent in one turn of the event loop leaves in one packet: the records of a batch ask at the same moments, and each
 * packet costs client and server more than a command does.
 */
const createGathering = () => {
  const gathering = new WeakSet<Redis['stream']>();
  return ({ stream }: Redis): void => {
    if (gathering.has(stream)) return;
    gathering.add(stream);
    stream.cork();
    process.nextTick(() => {
      gathering.delete(stream);
      stream.uncork();
    });
  };
};

/** Of many commands that wait on one connection the first to give up ends it: each further end would cost a timer and a listener. */
const createLeaving = () => {
  const left = new WeakSet<Redis['stream']>();
  return (client: Redis): void => {
    const { stream } = client as { readonly stream?: Redis['stream'] };
    if (stream !== undefined && left.has(stream)) return;
    if (stream !== undefined) left.add(stream);
    client.disconnect();
  };
};

const asError = (error: unknown): Error =>
  error instanceof Error ? error : new Error(String(error));

/** What a server says while it is not the one to talk to: a demoted primary, a replica without one, a start-up. */
const NOT_THIS_SERVER = /^(READONLY|LOADING|MASTERDOWN|CLUSTERDOWN)\b/;

export const createBoundedRedis = (options: BoundedRedisOptions): BoundedRedis => {
  const { client, logger, clock, commandMs = COMMAND_MS } = options;
  const breaker = createCircuitBreaker({ clock, failures: FAILURES_TO_OPEN, openMs: OPEN_MS });
  const report = createReport(logger, clock);
  const gather = createGathering();
  const leave = createLeaving();
  let connecting: Promise<void> | undefined;

  const connect = (): Promise<void> => {
    connecting ??= client.connect().finally(() => {
      connecting = undefined;
    });
    return connecting;
  };

  const connected = async (): Promise<void> => {
    if (client.status === 'ready') return;
    const isBegun = connecting !== undefined;
    try {
      await connect();
    } catch (error) {
      // One that began before the sandbox was frozen says nothing of now.
      if (!isBegun) throw error;
      await connect();
    }
  };

  /** A connection that died while the sandbox was frozen is only found out by using it: then once more on a new one. */
  const send = async <T>(command: (client: Redis) => Promise<T>): Promise<T> => {
    const wasOpen = client.status === 'ready';
    await connected();
    try {
      gather(client);
      return await command(client);
    } catch (error) {
      if (!wasOpen || client.status === 'ready') throw error;
      await connected();
      return command(client);
    }
  };

  const unavailable = (error: Error): Reply<never> => {
    breaker.failed();
    // Whoever is silent once may be half gone; the next command gets a new connection.
    leave(client);
    report(error);
    return { kind: 'unavailable' };
  };

  return {
    open: () => void connected().catch(() => undefined),
    async run(command) {
      if (!breaker.admits()) {
        report();
        return { kind: 'unavailable' };
      }
      const limitMs = client.status === 'ready' ? commandMs : CONNECT_MS + commandMs;
      try {
        const value = await within(limitMs, send(command));
        breaker.succeeded();
        return { kind: 'answered', value };
      } catch (thrown) {
        const error = asError(thrown);
        const isAnswer = error instanceof ReplyError && !NOT_THIS_SERVER.test(error.message);
        if (!isAnswer) return unavailable(error);
        breaker.succeeded();
        report(error);
        return { kind: 'refused', error };
      }
    },
  };
};
