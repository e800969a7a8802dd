/**
 * The inside of the process that a function with a URL runs in: gives it what a Node.js runtime of Lambda gives
 * (`awslambda`), and every request as an event. It ends with the process that started it, however that went.
 */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { eventOf } from './event.ts';

/** What the process is told, in its arguments. */
export interface HostTerms {
  /** URL of the module. */
  readonly module: string;
  readonly exportName: string;
  readonly timeoutSeconds: number;
}

type StreamedHandler = (
  event: APIGatewayProxyEventV2,
  stream: ServerResponse,
  context: object,
) => Promise<void>;

interface Head {
  readonly statusCode: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** As the runtime's, as far as a function may rely on it: the answer's head, then bytes as they are written. */
const runtime = {
  streamifyResponse: (handler: StreamedHandler) => handler,
  HttpResponseStream: {
    from(stream: ServerResponse, { statusCode, headers = {} }: Head) {
      stream.writeHead(statusCode, headers);
      stream.flushHeaders();
      return stream;
    },
  },
};

const load = async ({ module, exportName }: HostTerms): Promise<StreamedHandler> => {
  Object.assign(globalThis, { awslambda: runtime });
  const { [exportName]: handler }: Record<string, StreamedHandler | undefined> = await import(
    module
  );
  if (handler === undefined) throw new Error(`${module} exports no ${exportName}.`);
  return handler;
};

const invoke = async (
  handler: StreamedHandler,
  { timeoutSeconds }: HostTerms,
  [incoming, outgoing]: readonly [IncomingMessage, ServerResponse],
): Promise<void> => {
  const endsAt = Date.now() + timeoutSeconds * 1000;
  // What Lambda does with a function that does not end.
  const kill = setTimeout(() => outgoing.destroy(), timeoutSeconds * 1000);
  const requestId = randomUUID();
  try {
    await handler(eventOf(incoming, requestId), outgoing, {
      awsRequestId: requestId,
      getRemainingTimeInMillis: () => Math.max(0, endsAt - Date.now()),
    });
  } catch {
    if (outgoing.headersSent) outgoing.destroy();
    else outgoing.writeHead(502).end('Internal Server Error');
  } finally {
    clearTimeout(kill);
  }
};

const serve = async (terms: HostTerms): Promise<void> => {
  const handler = await load(terms);
  const server = createServer((...exchange) => void invoke(handler, terms, exchange));
  server.listen(0, '127.0.0.1', () => {
    const address = server.address();
    if (typeof address === 'object') process.send?.({ port: address?.port });
  });
};

process.once('disconnect', () => process.exit(0));
const [, , text = '{}'] = process.argv;
await serve(JSON.parse(text) as HostTerms);
