/** A real clamd for tests, with one signature of our own, on a socket in a folder of its own; it ends with the test. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EICAR, EICAR_NAME } from './eicar.ts';

const PLACES = ['/usr/sbin/clamd', '/usr/local/sbin/clamd', '/opt/homebrew/sbin/clamd'];
const START_MS = 60_000;

/** Where `clamd` is; undefined where it is not installed (Debian: `apt-get install clamav-daemon`). */
export const findClamd = (): string | undefined => PLACES.find((place) => existsSync(place));

export interface Clamd {
  readonly url: string;
  stop(): Promise<void>;
}

export interface ClamdOptions {
  readonly maxStreamMiB?: number;
}

const answers = async (path: string): Promise<boolean> => {
  const socket = connect({ path });
  socket.on('error', () => undefined);
  socket.end('zPING\0');
  const [reply] = await Promise.race([
    once(socket, 'data').catch(() => []),
    once(socket, 'close').then(() => []),
  ]);
  socket.destroy();
  return String(reply).startsWith('PONG');
};

const end = async (child: ChildProcess): Promise<void> => {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGKILL');
  await once(child, 'exit');
};

export const startClamd = async ({ maxStreamMiB = 4 }: ClamdOptions = {}): Promise<Clamd> => {
  const program = findClamd();
  if (program === undefined) throw new Error('There is no clamd on this machine.');
  const folder = await mkdtemp(join(tmpdir(), 'clamd-'));
  const socket = join(folder, 'clamd.sock');
  await writeFile(join(folder, 'own.ndb'), `${EICAR_NAME}:0:*:${EICAR.toString('hex')}\n`);
  const settings = [
    `DatabaseDirectory ${folder}`,
    `LocalSocket ${socket}`,
    `TemporaryDirectory ${folder}`,
    `StreamMaxLength ${maxStreamMiB}M`,
    'Foreground yes',
    'MaxThreads 2',
  ];
  await writeFile(join(folder, 'clamd.conf'), `${settings.join('\n')}\n`);
  const child = spawn(program, ['--config-file', join(folder, 'clamd.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  child.stderr.on('data', (chunk) => {
    words += String(chunk);
  });
  const stop = async (): Promise<void> => {
    await end(child);
    await rm(folder, { recursive: true, force: true });
  };
  for (const until = performance.now() + START_MS; performance.now() < until; await sleep(50)) {
    if (child.exitCode !== null) break;
    if (existsSync(socket) && (await answers(socket))) return { url: `unix:${socket}`, stop };
  }
  await stop();
  throw new Error(`clamd did not start. ${words}`);
};
