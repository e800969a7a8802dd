/**
 * Serves the functions of serverless.yml that have a URL, which `serverless offline` does not know: each under its own key,
 * in a process of its own that starts with its first request. Answers are streamed, as they are deployed.
 */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Environment } from '../environment.ts';
import type { UrlModel } from '../model.ts';
import { relay } from '../relay.ts';
import type { HostTerms } from './host.ts';

export type FunctionUrlOptions = {
  /** 0: any free one. */
  readonly port: number;
  readonly urls: readonly UrlModel[];
  readonly projectDir: string;
  /** All that a function's process sees of our own environment, beside its own variables. */
  readonly environment: Environment;
  readonly environments: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Gets each line that a function writes. */
  readonly log: (line: string) => void;
};

export type FunctionUrls = {
  readonly url: string;
  readonly close: () => Promise<void>;
};

const program = fileURLToPath(new URL('host.ts', import.meta.url));

interface Host {
  readonly child: ChildProcess;
  /** Rejects with the process's last words when it ends before it serves. */
  readonly url: Promise<string>;
}

const termsOf = ({ handler, timeoutSeconds }: UrlModel, projectDir: string): HostTerms => {
  const [, path = '', exportName = ''] = /^(.+)\.(\w+)$/.exec(handler) ?? [];
  const module = pathToFileURL(`${projectDir}/${path}.ts`).href;
  return { module, exportName, timeoutSeconds };
};

const startHost = (model: UrlModel, options: FunctionUrlOptions): Host => {
  const { projectDir, environment, environments, log } = options;
  const child = fork(program, [JSON.stringify(termsOf(model, projectDir))], {
    cwd: projectDir,
    env: { ...environment, ...environments[model.functionKey] },
    execArgv: ['--import', 'tsx'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const words: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (chunk: Buffer) => {
      const text = chunk.toString().trimEnd();
      words.push(text);
      log(`${model.functionKey}: ${text}`);
    });
  }
  const url = Promise.race([
    once(child, 'message').then(([{ port }]) => `http://127.0.0.1:${port}`),
    once(child, 'exit').then(() => {
      throw new Error(`${model.functionKey} did not start: ${words.join(' ').slice(-2_000)}`);
    }),
  ]);
  return { child, url };
};

const stopHost = async ({ child, url }: Host): Promise<void> => {
  url.catch(() => undefined);
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  // What is killed in the middle of its work may have last words; nobody needs them.
  for (const stream of [child.stdout, child.stderr]) stream?.removeAllListeners('data').resume();
  child.kill('SIGKILL');
  await ended;
};

/** What AWS answers in front of a function URL: only configured origins are named, and a preflight never gets through. */
const answerOrigin = (
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  { cors }: UrlModel,
): 'answered' | 'go on' => {
  const { origin } = incoming.headers;
  if (origin !== undefined && cors?.allowedOrigins.includes(origin) === true) {
    outgoing.setHeader('access-control-allow-origin', origin);
    outgoing.setHeader('vary', 'origin');
  }
  if (incoming.method !== 'OPTIONS') return 'go on';
  outgoing.setHeader('access-control-allow-methods', (cors?.allowedMethods ?? []).join(','));
  outgoing.setHeader('access-control-allow-headers', (cors?.allowedHeaders ?? []).join(','));
  outgoing.writeHead(200).end();
  return 'answered';
};

/** Resolves when requests are answered; no process of a function has started then. */
export const startFunctionUrls = async (options: FunctionUrlOptions): Promise<FunctionUrls> => {
  const hosts = new Map<string, Host>();
  const hostOf = (model: UrlModel): Host => {
    const known = hosts.get(model.functionKey);
    if (known !== undefined && known.child.exitCode === null) return known;
    const host = startHost(model, options);
    hosts.set(model.functionKey, host);
    return host;
  };

  const answer = async (incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> => {
    const [, key = '', ...path] = (incoming.url ?? '/').split('/');
    const model = options.urls.find(({ functionKey }) => functionKey === key);
    if (model === undefined) return void outgoing.writeHead(404).end();
    if (answerOrigin(incoming, outgoing, model) === 'answered') return;
    const url = await hostOf(model).url;
    await relay(incoming, outgoing, `${url}/${path.join('/')}`);
  };

  const server = createServer((incoming, outgoing) => {
    answer(incoming, outgoing).catch((error: unknown) => {
      options.log(error instanceof Error ? error.message : String(error));
      if (!outgoing.headersSent) outgoing.writeHead(502);
      outgoing.end();
    });
  });
  server.listen(options.port, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : options.port;
  return {
    url: `http://127.0.0.1:${port}`,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await Promise.all([closed, ...[...hosts.values()].map(stopHost)]);
    },
  };
};
