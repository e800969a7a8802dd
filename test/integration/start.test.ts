/** `npm start` and `npm run demo` as a person meets them: what they say, what they refuse, what is left of them. */
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';

const run = promisify(execFile);
const projectDir = fileURLToPath(new URL('../..', import.meta.url));
const program = join(projectDir, 'local/launch.mjs');

/** What a shell of somebody with a real account may hold. */
const shell = {
  AWS_PROFILE: 'production',
  AWS_ACCESS_KEY_ID: 'AKIAREALREALREALREAL',
  AWS_SECRET_ACCESS_KEY: 'real',
  AWS_SESSION_TOKEN: 'real',
};

let tmp: string;
beforeAll(async () => {
  tmp = await mkdtemp(join(tmpdir(), 'start-'));
});
afterAll(() => rm(tmp, { recursive: true, force: true }));

const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill('SIGKILL');
});

const start = (flags: readonly string[], environment: Record<string, string> = {}) =>
  launch(['start', ...flags], environment);

const launch = (words: readonly string[], environment: Record<string, string> = {}) => {
  const child = spawn(process.execPath, [program, ...words], {
    env: { ...process.env, ...shell, TMPDIR: tmp, ...environment },
  });
  running.push(child);
  const output = { text: '' };
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      output.text += chunk;
    });
  }
  return { child, output, ended: once(child, 'close').then(([code]) => code as number | null) };
};

const started = async (flags: readonly string[]) => {
  const { child, output, ended } = start(flags);
  await expect
    .poll(() => (child.exitCode === null ? output.text : `${output.text} ended`), {
      timeout: 110_000,
    })
    .toMatch(/Sluice is running|ended$/);
  const [httpUrl = ''] = /http:\/\/127\.0\.0\.1:\d+/.exec(output.text) ?? [output.text];
  const urls = [...output.text.matchAll(/(?:http|redis):\/\/127\.0\.0\.1:\d+/g)].map(
    ([url]) => url,
  );
  return { child, output, ended, httpUrl, urls: [...new Set(urls)] };
};

const answering = async (urls: readonly string[]) => {
  const tried = urls.map((url) =>
    fetch(url.replace('redis:', 'http:'), { signal: AbortSignal.timeout(2_000) }).then(
      () => [url],
      (error) => (error.cause?.code === 'ECONNREFUSED' ? [] : [url]),
    ),
  );
  return (await Promise.all(tried)).flat();
};

/** State folders of ours, and builds of processes that are no more. */
const leftovers = async () => {
  const builds = await readdir(join(projectDir, '.esbuild')).catch(() => []);
  return [
    ...(await readdir(tmp)).filter((name) => name.startsWith('sluice-')),
    ...builds.filter((name) => name.startsWith('offline') && !isAlive(name.split('-').at(-1))),
  ];
};

/** The framework's process, as soon as it is there: the longest part of a start begins. */
const frameworkOf = async ({ pid }: ChildProcess): Promise<string> => {
  const find = async () => {
    const { stdout } = await run('ps', ['-A', '-o', 'pid=,ppid=,args=']);
    const rows = stdout.split('\n').map((row) => row.trim().split(/\s+/));
    const row = rows.find(
      ([, parent, ...words]) => parent === `${pid}` && words.includes('offline'),
    );
    return row?.[0] ?? '';
  };
  await expect.poll(find, { timeout: 60_000 }).not.toBe('');
  return find();
};

const isAlive = (pid: string | undefined) => {
  try {
    return process.kill(Number(pid), 0);
  } catch {
    return false;
  }
};

describe('npm start', { timeout: 180_000 }, () => {
  it('runs the API, answers invoke local, and leaves nothing behind after Ctrl-C', async () => {
    const { child, output, ended, httpUrl, urls } = await started(['--free-ports']);
    const withToken = await fetch(`${httpUrl}/uploads`, {
      headers: { authorization: 'Bearer dev' },
    });
    const without = await fetch(`${httpUrl}/uploads`);
    const invoked = await run(
      process.execPath,
      ['node_modules/serverless/bin/serverless.js', 'invoke', 'local', '-f', 'sweep', '-d', '{}'],
      { cwd: projectDir, env: { ...process.env, ...shell } },
    );

    child.kill('SIGINT');

    expect(await ended).toBe(0);
    expect(withToken.status).toBe(200);
    expect(without.status).toBe(401);
    expect(invoked.stderr).not.toContain('rror');
    expect(output.text).toContain(`curl -s ${httpUrl}/uploads`);
    expect(urls).toHaveLength(7);
    expect(await answering(urls)).toEqual([]);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves no process and no state behind when it is killed', async () => {
    const { child, urls } = await started(['--free-ports']);

    child.kill('SIGKILL');

    await expect.poll(() => answering(urls), { timeout: 20_000 }).toEqual([]);
    await expect.poll(leftovers, { timeout: 5_000 }).toEqual([]);
  });

  it.each([
    [['start', '--free-ports'], 0],
    [['demo'], 130],
  ])('breaks off %j when it is interrupted, and leaves nothing behind', async (words, code) => {
    const { child, output, ended } = launch(words);
    const framework = await frameworkOf(child);

    child.kill('SIGINT');

    expect(await ended).toBe(code);
    expect(output.text).toMatch(/^Starting Sluice on this machine …\nStopping …\n$/);
    expect(isAlive(framework)).toBe(false);
    expect(await leftovers()).toEqual([]);
  });

  it('leaves no process and no state behind when it is killed before it runs', async () => {
    const { child } = start(['--free-ports']);
    const framework = await frameworkOf(child);

    child.kill('SIGKILL');

    await expect.poll(() => isAlive(framework), { timeout: 60_000 }).toBe(false);
    expect(await leftovers()).toEqual([]);
  });

  it('says which port is taken and what to do', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as { readonly port: number };

    const { output, ended } = start(['--free-ports', '--s3-port', `${port}`]);
    const code = await ended;
    server.close();

    expect(code).toBe(1);
    expect(output.text).toContain(`Port ${port} (S3) is taken: stop what listens on it`);
    expect(output.text).not.toContain(' at ');
  });

  it.each([
    ['REDIS_URL', 'redis://cache.example.com:6379', 'cache.example.com'],
    ['AWS_ENDPOINT_URL', 'https://s3.eu-west-1.amazonaws.com', 's3.eu-west-1.amazonaws.com'],
    ['AWS_ENDPOINT_URL_SQS', 'http://127.0.0.1.example.com', '127.0.0.1.example.com'],
    ['AWS_ENDPOINT_URL_DYNAMODB', 'not a url', 'something that is no URL'],
  ])('refuses to start with %s=%s', async (name, value, host) => {
    const { output, ended } = start(['--free-ports'], { [name]: value });

    expect(await ended).toBe(1);
    expect(output.text).toContain(`${name} points to ${host}`);
    expect(output.text).toContain(`unset ${name}`);
  });

  it.each([
    [['--fast'], "Unknown option '--fast'"],
    [['--port-offset', 'ten'], '--port-offset takes a whole number'],
  ])('explains the flags to %j', async (flags, sentence) => {
    const { output, ended } = start(flags);

    expect(await ended).toBe(1);
    expect(output.text).toContain(sentence);
  });
});
