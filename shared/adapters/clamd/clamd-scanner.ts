/** ClamAV's daemon over its INSTREAM command: chunks with their length before them, then one line of an answer. */
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { setImmediate } from 'node:timers/promises';
import { RetryableError } from '../../domain/errors.ts';
import type { MalwareScanner, Scan } from '../../ports/malware-scanner.ts';
import { scanOf } from './clamd-reply.ts';

/** How long each wait for the daemon may be, in milliseconds. */
export interface ClamdPatience {
  readonly connectMs: number;
  /** For taking what was sent. */
  readonly takeMs: number;
  /** For its answer after the last byte: it scans only then, for at most its own `MaxScanTime` of 2 minutes. */
  readonly replyMs: number;
}

const PATIENCE: ClamdPatience = { connectMs: 5_000, takeMs: 30_000, replyMs: 150_000 };

const DEFAULT_PORT = 3310;
/** `z`: commands and answers end with a NUL, so that no name with a line break ends one. */
const COMMAND = 'zINSTREAM\0';
const CHUNK_BYTES = 256 * 1024;
const LENGTH_BYTES = 4;
/** An answer is one short line. */
const REPLY_LENGTH = 4_096;

const unavailable = (message: string, cause?: unknown): RetryableError =>
  new RetryableError('scanner_unavailable', { cause: new Error(message, { cause }) });

const addressOf = (url: string) => {
  const { protocol, pathname, hostname, port } = new URL(url);
  if (protocol === 'unix:') return { path: decodeURIComponent(pathname) };
  // An address of IPv6 stands in brackets in a URL, and without them everywhere else.
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port) || DEFAULT_PORT };
};

const lengthOf = (bytes: number): Buffer => {
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeUInt32BE(bytes);
  return length;
};

interface Line {
  readonly socket: Socket;
  /** Up to its NUL. Rejects as soon as none can come any more. */
  readonly reply: Promise<string>;
  /** The first bytes of an answer are here. */
  isAnswered(): boolean;
  /** Nothing is sent any more once it is aborted. */
  readonly signal: AbortSignal;
}

const listen = (socket: Socket, signal: AbortSignal): Line => {
  let heard = '';
  const reply = new Promise<string>((resolve, reject) => {
    socket.on('data', (bytes) => {
      heard += bytes.toString('latin1');
      const end = heard.indexOf('\0');
      if (end !== -1) resolve(heard.slice(0, end));
      else if (heard.length > REPLY_LENGTH) reject(unavailable('Its answer has no end.'));
    });
    socket.on('error', (cause) => reject(unavailable('The connection broke.', cause)));
    socket.on('close', () => reject(unavailable('It hung up without an answer.')));
    const onAbort = (): void => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    socket.once('close', () => signal.removeEventListener('abort', onAbort));
  });
  // Whoever waits for something else meets the failure there.
  reply.catch(() => undefined);
  return { socket, reply, isAnswered: () => heard !== '', signal };
};

/** Waits for the daemon, for so long. @throws when it answers in place of `event`, so that nobody sends on. */
const waited = async <T>(work: Promise<T>, ms: number, what: string): Promise<T> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(unavailable(`It did not ${what} within ${ms} ms.`)), ms);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** Sends all, or until an answer comes: one that comes early says that more is not wanted. */
const sendAll = async (
  { socket, reply, isAnswered, signal }: Line,
  bytes: AsyncIterable<Uint8Array>,
  takeMs: number,
): Promise<void> => {
  const write = async (...parts: readonly Uint8Array[]): Promise<void> => {
    // A daemon that has enough answers and hangs up. Writing to it then would fail, and take an answer that is here but
    // unread with it: so the loop looks for one first. One
    // that comes in between is lost all the same: then the next attempt hears it.
    await setImmediate();
    signal.throwIfAborted();
    if (isAnswered()) return;
    socket.cork();
    const flowing = parts.map((part) => socket.write(part)).at(-1);
    socket.uncork();
    if (flowing || isAnswered()) return;
    const drained = once(socket, 'drain').catch(() => reply);
    await waited(Promise.race([drained, reply]), takeMs, 'take what was sent');
  };
  for await (const chunk of bytes) {
    for (let at = 0; at < chunk.length && !isAnswered(); at += CHUNK_BYTES) {
      const part = chunk.subarray(at, at + CHUNK_BYTES);
      await write(lengthOf(part.length), part);
    }
    if (isAnswered()) return;
  }
  await write(lengthOf(0));
};

/** @param url `tcp://host:port` or `unix:/path` */
export const createClamdScanner = (
  url: string,
  patience: ClamdPatience = PATIENCE,
): MalwareScanner => {
  const address = addressOf(url);
  return {
    async scan(bytes, signal): Promise<Scan> {
      signal.throwIfAborted();
      const socket = connect({ ...address, noDelay: true });
      const line = listen(socket, signal);
      try {
        const connected = once(socket, 'connect').catch(() => line.reply);
        await waited(Promise.race([connected, line.reply]), patience.connectMs, 'connect');
        socket.write(COMMAND);
        await sendAll(line, bytes, patience.takeMs);
        return scanOf(await waited(line.reply, patience.replyMs, 'answer'));
      } finally {
        socket.destroy();
      }
    },
  };
};
