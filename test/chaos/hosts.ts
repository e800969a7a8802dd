/** Host processes for the queue functions, which can really be killed and stopped in the middle of their work. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import type { InvocationResult } from '../../local/lambda/batch-verdict.ts';
import type { HostAnswer } from './host.ts';

export interface HostsOptions {
  readonly fileOf: (functionKey: string) => string;
  readonly environmentOf: (functionKey: string) => Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

export interface Host {
  readonly functionKey: string;
  readonly child: ChildProcess;
  busy: ((result: InvocationResult) => void) | undefined;
  stopped: boolean;
}

export interface InvokeTerms {
  /** How far the function's clock is ahead. */
  readonly shiftMs: number;
  /** These messages kill whoever works them. */
  readonly isDeadly: boolean;
}

export interface Hosts {
  /** Runs the event in a free host of the function, or a new one. A host that dies fails its invocation. */
  readonly invoke: (
    functionKey: string,
    event: unknown,
    terms: InvokeTerms,
  ) => Promise<InvocationResult>;
  readonly busy: () => readonly Host[];
  readonly running: () => readonly Host[];
  readonly kill: (host: Host) => void;
  readonly stop: (host: Host) => void;
  readonly resume: (host: Host) => void;
  readonly started: () => number;
  readonly close: () => Promise<void>;
}

/** What a function believes to have left: longer than the visibility timeout, so that SQS redelivers work in progress. */
const LIMIT_MS = 20_000;

/** Before any step can be through with its first reads. */
const DEADLY_AFTER_MS = 2;

const startHost = (functionKey: string, { fileOf, environmentOf, log }: HostsOptions): Host => {
  const child = fork(fileOf(functionKey), [], {
    env: { PATH: process.env.PATH, ...environmentOf(functionKey) },
    execArgv: [],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on('data', (text: Buffer) => log(`${functionKey} ${child.pid}: ${text}`));
  }
  const host: Host = { functionKey, child, busy: undefined, stopped: false };
  const end = (result: InvocationResult) => {
    const resolve = host.busy;
    host.busy = undefined;
    resolve?.(result);
  };
  child.on('message', (answer: HostAnswer) =>
    end('error' in answer ? { functionError: answer.error } : { payload: answer.payload }),
  );
  child.on('error', (error) => end({ functionError: error.message }));
  child.on('exit', (code, signal) => {
    log(`${functionKey} ${child.pid}: ended by ${signal ?? code}`);
    end({ functionError: `The process ended by ${signal ?? code}.` });
  });
  return host;
};

/**
 * A stopped process does not notice that the harness is gone. A shell does: it hears each time which hosts are stopped,
 * and kills these when our end of the pipe closes, whichever way we go.
 */
const startGuard = () => {
  const script = 'while read -r line; do pids=$line; done; [ -z "$pids" ] || kill -9 $pids';
  const shell = spawn('sh', ['-c', script], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  return {
    tell: (stopped: readonly Host[]): void => {
      shell.stdin.write(`${stopped.map(({ child }) => child.pid).join(' ')}\n`);
    },
    end: (): void => {
      shell.stdin.end();
    },
  };
};

export const createHosts = (options: HostsOptions): Hosts => {
  const hosts = new Set<Host>();
  const guard = startGuard();
  const tellGuard = () => guard.tell([...hosts].filter(({ stopped }) => stopped));
  let started = 0;
  let nextId = 1;

  const freeHost = (functionKey: string): Host => {
    for (const host of hosts) {
      const isFree = host.functionKey === functionKey && host.busy === undefined && !host.stopped;
      if (isFree) return host;
    }
    const host = startHost(functionKey, options);
    started += 1;
    hosts.add(host);
    host.child.once('exit', () => hosts.delete(host));
    return host;
  };

  const resume = (host: Host): void => {
    host.child.kill('SIGCONT');
    host.stopped = false;
    tellGuard();
  };

  return {
    invoke: (functionKey, event, { shiftMs, isDeadly }) =>
      new Promise((resolve) => {
        const host = freeHost(functionKey);
        host.busy = resolve;
        nextId += 1;
        // A host that dies before it could read this ends the invocation by its exit.
        host.child.send({ id: nextId, event, shiftMs, limitMs: LIMIT_MS }, () => undefined);
        if (isDeadly) setTimeout(() => host.child.kill('SIGKILL'), DEADLY_AFTER_MS);
      }),
    busy: () => [...hosts].filter((host) => host.busy !== undefined && !host.stopped),
    running: () => [...hosts],
    kill: (host) => {
      host.child.kill('SIGKILL');
    },
    stop: (host) => {
      host.stopped = true;
      tellGuard();
      host.child.kill('SIGSTOP');
    },
    resume,
    started: () => started,
    close: async () => {
      await Promise.all(
        [...hosts].map((host) => {
          const gone = new Promise((resolve) => host.child.once('exit', resolve));
          resume(host);
          host.child.kill('SIGKILL');
          return gone;
        }),
      );
      guard.end();
    },
  };
};
