/** Serves the upload page on the laptop, with the API under its own origin: the browser needs no permission of another one for it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { LocalModel } from './model.ts';
import { buildPage, type PageFiles } from './page-files.ts';
import { relay } from './relay.ts';

export type PageOptions = {
  /** 0: any free one. */
  readonly port: number;
  /** The HTTP API that is relayed under /api. */
  readonly httpUrl: string;
  /** Where uploads are followed by events: relayed under /follow. */
  readonly followUrl: string;
  /** What the page may load pictures from and post files to, besides its own origin. */
  readonly s3Url: string;
};

export type LocalPage = {
  readonly url: string;
  readonly close: () => Promise<void>;
};

const API_PREFIX = '/api';
const FOLLOW_PREFIX = '/follow';

/** No token: the page asks the API for an anonymous session of its own. */
const configuration = Buffer.from(JSON.stringify({ apiUrl: API_PREFIX, followUrl: FOLLOW_PREFIX }));

const types: Readonly<Record<string, string>> = {
  html: 'text/html; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  css: 'text/css; charset=utf-8',
  svg: 'image/svg+xml',
  json: 'application/json',
};

/** The uploads and results buckets of the laptop take the page for one of the allowed origins. */
export const withPageOrigin = (model: LocalModel, port: number): LocalModel => ({
  ...model,
  buckets: model.buckets.map((bucket) => ({
    ...bucket,
    cors: bucket.cors.map((rule) => ({
      ...rule,
      AllowedOrigins: [...rule.AllowedOrigins, originOf(port)],
    })),
  })),
});

const originOf = (port: number) => `http://127.0.0.1:${port}`;

/** Resolves when the page is served. It is built when it is first asked for, and anew with each load. */
export const startPage = async (options: PageOptions): Promise<LocalPage> => {
  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      if (!outgoing.headersSent) outgoing.writeHead(500, { 'content-type': 'text/plain' });
      outgoing.end(error instanceof Error ? error.message : String(error));
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, '127.0.0.1', resolve);
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  const url = originOf(port);
  const answer = createAnswer(options, new URL(url).host);
  return {
    url,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

const createAnswer = (options: PageOptions, host: string) => {
  let files: Promise<PageFiles> | undefined;

  const fileOf = async (name: string): Promise<Uint8Array | undefined> => {
    if (name === 'config.json') return configuration;
    if (name === 'index.html') files = buildPage();
    files ??= buildPage();
    return (await files).get(name);
  };

  return async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const { pathname, search } = new URL(incoming.url ?? '/', `http://${host}`);
    // Another name for this machine could be any site's, made to point here to read what the page may.
    if (incoming.headers.host !== host) {
      const isOurs = incoming.headers.host?.startsWith('localhost:') === true;
      const location = `http://${host}${pathname}${search}`;
      outgoing.writeHead(isOurs ? 307 : 421, isOurs ? { location } : {}).end();
      return;
    }
    const relayed = relayedOf(pathname, options);
    if (relayed !== undefined) {
      await relay(incoming, outgoing, `${relayed}${search}`);
      return;
    }
    const name = pathname === '/' ? 'index.html' : pathname.slice(1);
    const content = incoming.method === 'GET' ? await fileOf(name) : undefined;
    outgoing.writeHead(content === undefined ? 404 : 200, headersOf(name, options.s3Url));
    outgoing.end(content);
  };
};

/** Where a request goes that is not for the page itself. */
const relayedOf = (pathname: string, { httpUrl, followUrl }: PageOptions): string | undefined => {
  for (const [prefix, url] of [
    [API_PREFIX, httpUrl],
    [FOLLOW_PREFIX, followUrl],
  ]) {
    if (pathname.startsWith(`${prefix}/`)) return `${url}${pathname.slice(prefix?.length)}`;
  }
  return undefined;
};

const headersOf = (name: string, s3Url: string) => ({
  'content-type': types[name.split('.').at(-1) ?? ''] ?? 'text/plain',
  'cache-control': 'no-store',
  'content-security-policy': [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `img-src 'self' ${s3Url}`,
    `connect-src 'self' ${s3Url}`,
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ].join('; '),
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
});
