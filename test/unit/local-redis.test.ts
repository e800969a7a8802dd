import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { findFreePorts } from '../../local/ports.ts';
import { findRedisServer } from '../../local/redis/find-server.ts';
import { startRedis } from '../../local/redis.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'sluice-redis-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const program = async (path: string) => {
  await mkdir(join(path, '..'), { recursive: true });
  await writeFile(path, '#!/bin/sh\n');
  await chmod(path, 0o755);
  return path;
};

const command = (port: number, ...lines: string[]) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.end(`${lines.join('\r\n')}\r\n`));
    let reply = '';
    socket.on('data', (chunk) => {
      reply += chunk;
    });
    socket.on('error', reject);
    socket.on('close', () => resolve(reply));
  });

const listens = (port: number) =>
  command(port, 'PING').then(
    () => true,
    () => false,
  );

describe('findRedisServer', () => {
  it('takes REDIS_SERVER_BIN before a server on PATH', async () => {
    const REDIS_SERVER_BIN = await program(join(dir, 'mine'));
    await program(join(dir, 'bin/redis-server'));

    const found = await findRedisServer({ REDIS_SERVER_BIN, PATH: join(dir, 'bin') });

    expect(found.program).toBe(REDIS_SERVER_BIN);
  });

  it('says so when REDIS_SERVER_BIN is no program', async () => {
    const REDIS_SERVER_BIN = join(dir, 'missing');

    await expect(findRedisServer({ REDIS_SERVER_BIN })).rejects.toThrow(
      `names ${REDIS_SERVER_BIN}`,
    );
  });

  it('finds Valkey on PATH where there is no Redis', async () => {
    const valkey = await program(join(dir, 'bin/valkey-server'));

    const found = await findRedisServer({ PATH: `/nonexistent:${join(dir, 'bin')}` });

    expect(found.program).toBe(valkey);
  });

  it('finds an unpacked package again, with its libraries', async () => {
    const folder = join(dir, 'sluice', `redis-${process.arch}`);
    const cached = await program(join(folder, 'usr/bin/redis-server'));
    await mkdir(join(folder, 'usr/lib/x86_64-linux-gnu'), { recursive: true });

    const found = await findRedisServer({ PATH: '', XDG_CACHE_HOME: dir });

    expect(found).toEqual({
      program: cached,
      libraryPath: join(folder, 'usr/lib/x86_64-linux-gnu'),
    });
  });
});

describe('startRedis', () => {
  it('starts empty, on loopback only, and is gone after close', async () => {
    const { redis: port } = await findFreePorts();
    const redis = await startRedis({ port, dir, keep: false, environment: process.env });

    const bound = await command(port, 'CONFIG GET bind');
    const size = await command(port, 'DBSIZE');
    await redis.close();

    expect(redis.url).toBe(`redis://127.0.0.1:${port}`);
    expect(bound).toContain('127.0.0.1');
    expect(size).toBe(':0\r\n');
    expect(await listens(port)).toBe(false);
  });

  it('loses everything at a restart and listens on the same port', async () => {
    const { redis: port } = await findFreePorts();
    const redis = await startRedis({ port, dir, keep: false, environment: process.env });
    await command(port, 'SET a 1');
    const before = redis.pid();

    await redis.restart();
    const found = await command(port, 'GET a');
    const after = redis.pid();
    await redis.close();

    expect(found).toBe('$-1\r\n');
    expect(after).not.toBe(before);
  });

  it('keeps its keys between two starts when told to', async () => {
    const { redis: port } = await findFreePorts();
    const options = { port, dir, keep: true, environment: process.env };
    const first = await startRedis(options);
    await command(port, 'SET a 1');
    await first.close();

    const second = await startRedis(options);
    const found = await command(port, 'GET a');
    await second.close();

    expect(found).toBe('$1\r\n1\r\n');
  });

  it('names the port when nothing answers at REDIS_URL', async () => {
    const { redis: port } = await findFreePorts();
    const environment = { REDIS_URL: `redis://127.0.0.1:${port}` };

    const starting = startRedis({ port: 0, dir, keep: false, environment });

    await expect(starting).rejects.toThrow(`REDIS_URL is 127.0.0.1:${port}`);
  });

  it('dies with a parent that is killed', async () => {
    const { redis: port } = await findFreePorts();
    const module = fileURLToPath(new URL('../../local/redis.ts', import.meta.url));
    const source = `
      import { startRedis } from ${JSON.stringify(module)};
      await startRedis({ port: ${port}, dir: ${JSON.stringify(dir)}, keep: false, environment: process.env });
      console.log('ready');
      setInterval(() => undefined, 1000);`;
    const parent = spawn(process.execPath, [
      '--import',
      'tsx',
      '--input-type=module',
      '-e',
      source,
    ]);
    await once(parent.stdout, 'data');

    parent.kill('SIGKILL');
    await once(parent, 'exit');

    await expect.poll(() => listens(port), { timeout: 5_000 }).toBe(false);
  });
});
