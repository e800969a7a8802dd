/** HTTP front of the AWS JSON 1.0 protocol, shared by the local SQS and the local DynamoDB. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type JsonCall = {
  readonly action: string;
  readonly body: Buffer;
  readonly headers: IncomingMessage['headers'];
  /** Aborts as soon as the client can no longer read an answer. */
  readonly gone: AbortSignal;
};

export type JsonReply = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: string | Buffer;
  /** Called when the client left before the whole answer was handed to the kernel. */
  readonly undelivered?: () => void;
};

/** Why a request never reached an action. */
export type Refusal =
  | 'missing-credentials'
  | 'unknown-access-key'
  | 'not-the-protocol'
  | 'body-too-large'
  | 'broken';

export type JsonFrontOptions = {
  /** 0 picks a free port. */
  readonly port: number;
  /** What stands before the dot in X-Amz-Target, for example `AmazonSQS`. */
  readonly targetPrefix: string;
  readonly accessKeyId: string;
  readonly maxBodyBytes: number;
  readonly handle: (call: JsonCall) => Promise<JsonReply>;
  readonly refuse: (refusal: Refusal, sentence: string) => JsonReply;
};

export type JsonFront = {
  readonly url: string;
  readonly port: number;
  /** Drops every connection; nothing listens once it resolves. */
  readonly close: () => Promise<void>;
};

type Answered = { readonly reply: JsonReply } | { readonly left: true };

/** Listens on 127.0.0.1 only. Rejects when the port is taken. */
export const startJsonFront = async (options: JsonFrontOptions): Promise<JsonFront> => {
  const server = createServer((request, response) => {
    void answer(options, request, response);
  });
  // Long polls last 20 s; Node's own 5 s idle limit would race the SDK's reused sockets.
  server.keepAliveTimeout = 60_000;

  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', () => resolve());
  });
  const { port } = server.address() as AddressInfo;

  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  return { url: `http://127.0.0.1:${port}`, port, close };
};

const answer = async (
  options: JsonFrontOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> => {
  const gone = watchClient(request, response);
  const answered = await toReply(options, request, gone);
  if ('left' in answered) return;

  const { reply } = answered;
  if (gone.aborted || response.destroyed) {
    reply.undelivered?.();
    return;
  }
  let delivered = false;
  // Node emits 'finish' also when a reset ends the writing; only the socket knows the difference.
  response.once('finish', () => {
    delivered = !request.socket.destroyed;
  });
  response.once('close', () => {
    if (!delivered) reply.undelivered?.();
  });
  response.writeHead(reply.status, {
    'content-type': 'application/x-amz-json-1.0',
    'x-amzn-requestid': crypto.randomUUID(),
    'content-length': Buffer.byteLength(reply.body),
    ...reply.headers,
  });
  response.end(reply.body);
};

const toReply = async (
  options: JsonFrontOptions,
  request: IncomingMessage,
  gone: AbortSignal,
): Promise<Answered> => {
  const { refuse } = options;
  try {
    const body = await readBody(request, options.maxBodyBytes);
    if (body === 'left') return { left: true };
    if (body === 'too-large') {
      const sentence = `The request body is larger than ${options.maxBodyBytes} bytes.`;
      return { reply: refuse('body-too-large', sentence) };
    }

    const [prefix, action] = String(request.headers['x-amz-target'] ?? '').split('.');
    if (request.method !== 'POST' || prefix !== options.targetPrefix || !action) {
      const sentence = `Expected a POST with X-Amz-Target: ${options.targetPrefix}.<Action>.`;
      return { reply: refuse('not-the-protocol', sentence) };
    }

    const accessKeyId = readAccessKeyId(request.headers.authorization);
    if (accessKeyId === undefined) {
      return { reply: refuse('missing-credentials', 'The request carries no AWS signature.') };
    }
    if (accessKeyId !== options.accessKeyId) {
      const sentence = 'The security token included in the request is invalid.';
      return { reply: refuse('unknown-access-key', sentence) };
    }

    const call = { action, body, headers: request.headers, gone };
    return { reply: await options.handle(call) };
  } catch (error) {
    const sentence = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { reply: refuse('broken', sentence) };
  }
};

/** Reads the access key id out of `AWS4-HMAC-SHA256 Credential=<id>/<date>/<region>/…`. */
const readAccessKeyId = (authorization: string | undefined): string | undefined =>
  authorization?.match(/^AWS4-HMAC-SHA256 .*\bCredential=([^/,\s]+)\//)?.[1];

/** Consumes the whole body first, so that a dropped client is seen here and nowhere deeper. */
const readBody = async (
  request: IncomingMessage,
  maxBytes: number,
): Promise<Buffer | 'left' | 'too-large'> => {
  const chunks: Buffer[] = [];
  let bytes = 0;
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      // Keeps reading, so that the client gets the answer instead of a reset, but stores no more.
      if (bytes <= maxBytes) chunks.push(chunk);
    }
  } catch {
    // The only error a body stream has is the client going away: nobody is left to tell.
    return 'left';
  }
  return bytes > maxBytes ? 'too-large' : Buffer.concat(chunks);
};

const watchClient = (request: IncomingMessage, response: ServerResponse): AbortSignal => {
  const controller = new AbortController();
  const leave = () => controller.abort();
  // 'end' on the socket comes turns of the event loop before 'close' on the response; waiting for
  // the latter would leave a window in which a message is written to a client that has hung up.
  request.socket.once('end', leave);
  response.once('close', () => {
    request.socket.off('end', leave);
    leave();
  });
  return controller.signal;
};
