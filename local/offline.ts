/** Runs `serverless offline` as a child: the HTTP API, the Lambda invoke API and every handler. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import type { Environment } from './environment.ts';
import type { LocalModel, ServiceDescription } from './model.ts';
import type { Ports } from './ports.ts';

export type OfflineOptions = {
  readonly projectDir: string;
  readonly ports: Ports;
  /** All that the child sees of our own environment. */
  readonly environment: Environment;
  /** Gets each line that the framework or a handler writes. */
  readonly log: (line: string) => void;
  /** Called once with the resolved serverless.yml. The framework goes on when what it names is there. */
  readonly wire: (service: ServiceDescription) => Promise<LocalModel>;
  /** Files and folders that the child removes if this process is killed before it could. */
  readonly orphaned: readonly string[];
};

export type Offline = {
  readonly pid: number | undefined;
  /** Resolves when the child ends, by itself or because it was told to. */
  readonly ended: Promise<void>;
  /** Resolves with what `wire` gave when requests are answered; rejects with the child's own words if it ends before. */
  readonly ready: Promise<LocalModel>;
  readonly close: () => Promise<void>;
};

type Message =
  | { readonly kind: 'service'; readonly service: ServiceDescription }
  | { readonly kind: 'ready' };

type Order =
  | { readonly kind: 'go'; readonly environments: LocalModel['environments'] }
  | { readonly kind: 'stop' };

/** An unresponsive child is killed after this. Running invocations are given up: their messages come back. */
const stopWithinMs = 5_000;

const lastLines = 20;

export const startOffline = (options: OfflineOptions): Offline => {
  const child = fork(frameworkProgram(), frameworkArguments(options.ports), {
    cwd: options.projectDir,
    env: { ...options.environment, SLUICE_ORPHANED: JSON.stringify(options.orphaned) },
    // A process group of its own: Ctrl-C at the terminal is for us, and we stop it in our order.
    detached: true,
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const recent = readLines(child, options.log);
  const ended = once(child, 'exit').then(() => undefined);
  let hasBegun = false;
  child.once('message', () => {
    hasBegun = true;
  });
  // What has said nothing yet has made nothing, and would only take its time.
  const stop = () => (hasBegun ? tell(child, { kind: 'stop' }) : child.kill('SIGKILL'));
  return {
    pid: child.pid,
    ended,
    ready: Promise.race([
      untilReady(child, options),
      ended.then(() => {
        throw new Error(`"serverless offline" ended before it was ready:\n${recent.join('\n')}`);
      }),
    ]),
    close: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      stop();
      const timer = setTimeout(() => child.kill('SIGKILL'), stopWithinMs);
      await ended;
      clearTimeout(timer);
    },
  };
};

const frameworkProgram = () => {
  const require = createRequire(import.meta.url);
  return require.resolve('serverless/bin/serverless.js');
};

const frameworkArguments = ({ http, lambda }: Ports) => [
  ...['offline', 'start', '--stage', 'dev', '--host', '127.0.0.1', '--noSponsor'],
  ...['--httpPort', String(http), '--lambdaPort', String(lambda)],
];

const untilReady = (child: ChildProcess, { wire }: OfflineOptions) =>
  new Promise<LocalModel>((resolve, reject) => {
    let wired: LocalModel | undefined;
    child.once('error', reject);
    child.on('message', (message: Message) => {
      if (message.kind === 'ready' && wired) resolve(wired);
      if (message.kind !== 'service') return;
      wire(message.service).then((model) => {
        wired = model;
        tell(child, { kind: 'go', environments: model.environments });
      }, reject);
    });
  });

/** A child that is gone hears nothing; its end is told by `ended`. */
const tell = (child: ChildProcess, order: Order) => child.send(order, () => undefined);

const readLines = (child: ChildProcess, log: (line: string) => void) => {
  const recent: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      if (line.trim() === '') return;
      recent.push(line);
      if (recent.length > lastLines) recent.shift();
      log(line);
    });
  }
  return recent;
};
