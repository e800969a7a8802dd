/** Starts the real Redis that the laptop stack uses, without persistence unless it is told to keep. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Environment } from './environment.ts';
import { findRedisServer, type RedisServer } from './redis/find-server.ts';

export type RedisOptions = {
  readonly port: number;
  /** Where the server works, and keeps its dump if `keep` is set. Made if it is not there. */
  readonly dir: string;
  readonly keep: boolean;
  readonly environment: Environment;
  /** As ElastiCache Serverless is: commands that name keys of several slots are refused. The port is for its own gossip. */
  readonly clusterPort?: number;
};

export type LocalRedis = {
  readonly url: string;
  /** Undefined for a server that was there before us (REDIS_URL). */
  readonly pid: () => number | undefined;
  /** Kills the server as a power cut would and starts an empty one on the same port. Throws for REDIS_URL. */
  readonly restart: () => Promise<void>;
  readonly close: () => Promise<void>;
};

const readyWithinMs = 10_000;

/** Uses REDIS_URL as it is; else starts a server that dies with this process, even if this one is killed. */
export const startRedis = async (options: RedisOptions): Promise<LocalRedis> => {
  const { REDIS_URL: external } = options.environment;
  if (external) return useExternal(external);

  const server = await findRedisServer(options.environment);
  await mkdir(options.dir, { recursive: true });
  let running = await launch(server, options);
  return {
    url: `redis://127.0.0.1:${options.port}`,
    pid: () => running.pid,
    restart: async () => {
      process.kill(running.pid, 'SIGKILL');
      await running.stop();
      running = await launch(server, options);
    },
    close: () => running.stop(),
  };
};

const useExternal = async (url: string): Promise<LocalRedis> => {
  const { hostname, port } = new URL(url);
  if (!(await answersPing(hostname, Number(port || 6379)))) {
    throw new Error(
      `REDIS_URL is ${hostname}:${port || 6379}, and no Redis without a password answers there: start it, or unset REDIS_URL.`,
    );
  }
  return {
    url,
    pid: () => undefined,
    restart: async () => {
      throw new Error('The Redis of REDIS_URL is not ours to restart.');
    },
    close: async () => undefined,
  };
};

/**
 * Redis has no way to notice that its parent died, so a shell stands between: it waits for the end of our pipe,
 * which the kernel closes whichever way we go, and then stops the server.
 */
const watchdog = '"$@" & server=$!; echo "$server"; cat >/dev/null; kill "$server"; wait "$server"';

const launch = async ({ program, libraryPath }: RedisServer, options: RedisOptions) => {
  const shell = spawn('sh', ['-c', watchdog, 'redis', program, ...serverArguments(options)], {
    // Its own group: Ctrl-C at the terminal is for us, and we stop it in our order.
    detached: true,
    env: { ...options.environment, ...(libraryPath ? { LD_LIBRARY_PATH: libraryPath } : {}) },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const output = collect(shell);
  const stop = async () => {
    shell.stdin.end();
    if (shell.exitCode === null && shell.signalCode === null) await once(shell, 'exit');
  };
  try {
    const pid = await untilReady(shell, options.port, output);
    return { pid, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};

const serverArguments = ({ port, dir, keep, clusterPort }: RedisOptions) => [
  ...['--port', String(port), '--bind', '127.0.0.1', '--daemonize', 'no', '--loglevel', 'warning'],
  ...['--dir', dir, '--appendonly', 'no', '--save', keep ? '60 1' : ''],
  ...(clusterPort === undefined
    ? []
    : ['--cluster-enabled', 'yes', '--cluster-port', String(clusterPort)]),
];

const collect = (shell: ChildProcess) => {
  const lines = { text: '' };
  for (const stream of [shell.stdout, shell.stderr]) {
    stream?.on('data', (chunk) => {
      lines.text = `${lines.text}${chunk}`.slice(0, 4096);
    });
  }
  return lines;
};

const untilReady = async (shell: ChildProcess, port: number, output: { readonly text: string }) => {
  const deadline = Date.now() + readyWithinMs;
  while (Date.now() < deadline) {
    const pid = Number.parseInt(output.text, 10);
    if (pid > 0 && !isRunning(pid)) break;
    if (shell.exitCode !== null) break;
    if (pid > 0 && (await answersPing('127.0.0.1', port))) return pid;
    await sleep(20);
  }
  const reason = output.text.split('\n').slice(1).join(' ').trim();
  throw new Error(`Redis did not start on port ${port}: ${reason || 'it said nothing'}`);
};

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

const answersPing = (host: string, port: number) =>
  new Promise<boolean>((resolve) => {
    const socket = connect({ host: host.replace(/^\[|\]$/g, ''), port });
    const settle = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.setTimeout(1_000, () => settle(false));
    socket.once('error', () => settle(false));
    socket.once('connect', () => socket.write('PING\r\n'));
    socket.once('data', (reply) => settle(reply.toString().startsWith('+PONG')));
  });
