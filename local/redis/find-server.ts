/** Finds a real Redis (or Valkey) server program: named, installed, cached, or unpacked from a Debian package. */
import { execFile } from 'node:child_process';
import { access, constants, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import type { Environment } from '../environment.ts';

const run = promisify(execFile);

export type RedisServer = {
  readonly program: string;
  /** Where a server from an unpacked package finds the libraries it came with. */
  readonly libraryPath?: string;
};

const names = ['redis-server', 'valkey-server'] as const;

/** Throws an error that lists what was tried and the command that installs a server. */
export const findRedisServer = async (environment: Environment): Promise<RedisServer> => {
  const tried: string[] = [];
  for (const attempt of [named, installed, cached, downloaded]) {
    const found = await attempt(environment, tried);
    if (found) return found;
  }
  throw new Error(
    [
      'No Redis server found. Install one ("sudo apt-get install redis-server" on Debian and Ubuntu, "brew install redis" on macOS), or set REDIS_URL or REDIS_SERVER_BIN. Tried:',
      ...tried.map((attempt) => `  - ${attempt}`),
    ].join('\n'),
  );
};

type Attempt = (environment: Environment, tried: string[]) => Promise<RedisServer | undefined>;

const named: Attempt = async ({ REDIS_SERVER_BIN: program }, tried) => {
  if (!program) {
    tried.push('REDIS_URL and REDIS_SERVER_BIN: not set');
    return undefined;
  }
  if (await isProgram(program)) return { program };
  throw new Error(`REDIS_SERVER_BIN names ${program}, which is no program that can be started.`);
};

const installed: Attempt = async ({ PATH = '' }, tried) => {
  for (const folder of PATH.split(delimiter).filter(Boolean)) {
    for (const name of names) {
      const program = join(folder, name);
      if (await isProgram(program)) return { program };
    }
  }
  tried.push(`${names.join(' and ')}: not on PATH`);
  return undefined;
};

const cached: Attempt = (environment) => serverIn(cacheFolder(environment));

const downloaded: Attempt = async (environment, tried) => {
  if (process.platform !== 'linux') {
    tried.push('a Debian package: only on Debian and Ubuntu');
    return undefined;
  }
  const target = cacheFolder(environment);
  await mkdir(join(target, '..'), { recursive: true });
  const folder = await mkdtemp(`${target}-`);
  try {
    await unpackPackages(folder);
    // Renamed whole: a second start at the same time either finds all of it or nothing.
    await rename(folder, target).catch(() => undefined);
    const server = await serverIn(target);
    if (server) return server;
    tried.push('a Debian package: it holds no server that starts here');
  } catch (error) {
    tried.push(`a Debian package: ${firstLine(error)}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return undefined;
};

/** Downloads as any user may; installs nothing. */
const unpackPackages = async (folder: string) => {
  const { stdout } = await run('apt-cache', ['depends', 'redis-tools']);
  // libc6 is there wherever Node is; another one beside it would not even load.
  const libraries = [...stdout.matchAll(/^ *Depends: (lib[a-z0-9.+-]+)$/gm)]
    .flatMap(([, name]) => name ?? [])
    .filter((name) => name !== 'libc6');
  await run('apt-get', ['download', 'redis-server', 'redis-tools', ...libraries], { cwd: folder });
  for (const file of await readdir(folder)) {
    if (!file.endsWith('.deb')) continue;
    await run('dpkg', ['-x', join(folder, file), folder]);
    await rm(join(folder, file));
  }
};

const serverIn = async (folder: string): Promise<RedisServer | undefined> => {
  const program = join(folder, 'usr/bin/redis-server');
  if (!(await isProgram(program))) return undefined;
  const roots = ['usr/lib', 'lib'].map((root) => join(folder, root));
  const architectures = await Promise.all(
    roots.map(async (root) => {
      const entries = await readdir(root).catch(() => []);
      return entries.filter((name) => name.includes('-linux-gnu')).map((name) => join(root, name));
    }),
  );
  return { program, libraryPath: architectures.flat().join(delimiter) };
};

const cacheFolder = ({ XDG_CACHE_HOME, HOME = homedir() }: Environment) =>
  join(XDG_CACHE_HOME || join(HOME, '.cache'), 'sluice', `redis-${process.arch}`);

const isProgram = async (path: string) =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  );

const firstLine = (error: unknown) => {
  const { message, stderr } = error as { readonly message?: string; readonly stderr?: string };
  return (stderr || message || String(error)).trim().split('\n').at(-1) ?? '';
};
