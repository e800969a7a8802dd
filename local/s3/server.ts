/** The laptop S3: one HTTP server on the loopback interface over one folder. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { authenticate } from './auth/authenticate.ts';
import type { Identity, S3Credentials } from './auth/claim.ts';
import { openBody } from './body.ts';
import type { S3Context } from './call.ts';
import { corsHeaders, preflight } from './cors.ts';
import { ClientGoneError, noSuchBucket, S3Error } from './errors.ts';
import { createNotifications, type Notify } from './notifications.ts';
import { postObject } from './operations/post-object.ts';
import { newRequestIds, type RequestIds, readRequest, type S3Request } from './request.ts';
import { errorResponse, type S3Response, sendResponse } from './response.ts';
import { isFormPost, selectOperation } from './router.ts';
import { openMultipartStore } from './store/multipart-store.ts';
import { openObjectStore } from './store/object-store.ts';

export type { S3NotificationEvent } from './notification-record.ts';

export interface S3Options {
  /** 0 takes any free port. */
  readonly port: number;
  /** Bytes and metadata live here; what an earlier run left is served again. */
  readonly dir: string;
  readonly credentials: S3Credentials;
  readonly region: string;
  /** Puts an event on a queue. Asked again, with growing pauses, until it resolves or the server closes. */
  readonly notify: Notify;
  /** Told of failures that are this server's own fault; by default they go to standard error. */
  readonly onFailure?: (error: unknown) => void;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

export interface RunningS3 {
  readonly url: string;
  readonly port: number;
  /** Ends open connections and stops retrying. Resolves to how many events were not delivered. */
  close(): Promise<number>;
}

interface Server {
  readonly context: S3Context;
  readonly identity: Identity;
  readonly now: () => number;
  readonly onFailure: (error: unknown) => void;
}

const corsDocument = ({ store }: S3Context, { bucket }: S3Request): string | undefined =>
  store.buckets().find(({ name }) => name === bucket)?.documents.cors;

const answer = async (server: Server, request: S3Request): Promise<S3Response> => {
  const { context, identity, now } = server;
  const { bucket = '', key = '' } = request;
  if (request.method === 'OPTIONS') {
    if (!context.store.buckets().some(({ name }) => name === bucket)) throw noSuchBucket(bucket);
    return preflight(request, corsDocument(context, request));
  }
  if (isFormPost(request)) return await postObject({ ...context, request, bucket, identity, now });
  const authenticated = authenticate(request, identity, now());
  const { headers } = authenticated;
  const operation = selectOperation(request, headers);
  const body = (options = {}) => openBody(request, authenticated, options);
  return await operation({ ...context, request, headers, bucket, key, body });
};

const internalError = () =>
  new S3Error({
    code: 'InternalError',
    status: 500,
    message: 'We encountered an internal error. Please try again.',
  });

/** The AWS error of a failure. Throws ClientGoneError on, because nobody is left to answer. */
const toS3Error = (error: unknown, onFailure: Server['onFailure']): S3Error => {
  if (error instanceof ClientGoneError) throw error;
  if (error instanceof S3Error) return error;
  onFailure(error);
  return internalError();
};

const respond = async (
  server: Server,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
): Promise<void> => {
  const ids: RequestIds = newRequestIds();
  outgoing.setHeader('server', 'AmazonS3');
  outgoing.setHeader('x-amz-request-id', ids.requestId);
  outgoing.setHeader('x-amz-id-2', ids.hostId);
  let response: S3Response;
  let path = incoming.url ?? '/';
  try {
    const request = readRequest(incoming, ids);
    path = request.path;
    const cors = corsHeaders(request, corsDocument(server.context, request));
    for (const [name, value] of Object.entries(cors)) outgoing.setHeader(name, value);
    response = await answer(server, request);
  } catch (error) {
    response = errorResponse(toS3Error(error, server.onFailure), ids, path);
  }
  await sendResponse(outgoing, response);
  // An answer before the end of the body: the rest must be read, or a client still sending sees a reset.
  incoming.resume();
};

const listen = (server: Server, port: number) => {
  const http = createServer((incoming, outgoing) => {
    respond(server, incoming, outgoing).catch((error: unknown) => {
      if (!(error instanceof ClientGoneError)) server.onFailure(error);
      outgoing.destroy();
    });
  });
  // A 5 GiB file over a slow link takes longer than the five minutes Node allows a request.
  http.requestTimeout = 0;
  // Node's five seconds close idle connections under clients that are about to use them again.
  http.keepAliveTimeout = 60_000;
  return new Promise<typeof http>((resolve, reject) => {
    http.once('error', reject);
    http.listen(port, '127.0.0.1', () => resolve(http));
  });
};

/** Starts the server. Rejects with the system's error when the port is taken. */
export const startS3 = async ({
  port,
  dir,
  credentials,
  region,
  notify,
  onFailure = (error) => console.error('local S3:', error),
  now = Date.now,
}: S3Options): Promise<RunningS3> => {
  const store = await openObjectStore(dir, now);
  const multipart = await openMultipartStore(store.files, now);
  const notifications = createNotifications({ store, notify, region, now });
  let url = '';
  const context: S3Context = { store, multipart, notifications, region, url: () => url };
  const http = await listen({ context, identity: { credentials, region }, now, onFailure }, port);
  const address = http.address() as AddressInfo;
  url = `http://127.0.0.1:${address.port}`;
  return {
    url,
    port: address.port,
    close: async () => {
      const closed = new Promise((resolve) => http.close(resolve));
      http.closeAllConnections();
      await closed;
      return await notifications.close();
    },
  };
};
