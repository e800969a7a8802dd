/** A copy of the project that may be broken, and tests of it. */
import { spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutation.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));

const FOLDERS = [
  ...['shared', 'functions', 'client', 'cli', 'local', 'test', 'bench'],
  ...['events', 'infra', 'docs', 'web', 'scanner'],
];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'serverless.yml'];
/** A mutation may make a test wait for ever; that is noticed too. */
const TESTS_MS = 10 * 60_000;

/** What came of a run of tests: `hung` when it had not ended within its time. */
export type TestsAnswer = 'passed' | 'failed' | 'hung';

export interface Copy {
  /** Breaks the line; answers what mends it. @throws when its text does not stand exactly once. */
  mutate(mutation: Mutation): Promise<() => Promise<void>>;
  /** Runs every test whose path begins with one of `tests`, to the first that fails. */
  run(tests: readonly string[]): Promise<TestsAnswer>;
  remove(): Promise<void>;
}

export const copyProject = async (): Promise<Copy> => {
  const copy = await mkdtemp(join(tmpdir(), 'sluice-mutate-'));
  for (const name of [...FOLDERS, ...FILES]) {
    await cp(join(projectDir, name), join(copy, name), { recursive: true });
  }
  await symlink(join(projectDir, 'node_modules'), join(copy, 'node_modules'));

  return {
    async mutate({ name, file, find, replace }) {
      const path = join(copy, file);
      const original = await readFile(path, 'utf8');
      const times = original.split(find).length - 1;
      if (times !== 1) throw new Error(`"${name}": its text stands ${times} times in ${file}.`);
      await writeFile(
        path,
        original.replace(find, () => replace),
      );
      return () => writeFile(path, original);
    },
    run: (tests) =>
      new Promise((resolve, reject) => {
        const vitest = join(projectDir, 'node_modules/vitest/vitest.mjs');
        const flags = ['--bail=1', '--reporter=dot', '--maxWorkers=1', '--testTimeout=60000'];
        // A group of its own: a test that never comes to an end hears no signal, and neither does who waits for it.
        const child = spawn(process.execPath, [vitest, 'run', ...flags, ...tests], {
          ...{ cwd: copy, detached: true, stdio: 'ignore' },
        });
        let isHung = false;
        const timer = setTimeout(() => {
          isHung = true;
          if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
        }, TESTS_MS);
        child.on('error', reject);
        child.on('exit', (code) => {
          clearTimeout(timer);
          const answer = code === 0 ? 'passed' : 'failed';
          resolve(isHung ? 'hung' : answer);
        });
      }),
    remove: () => rm(copy, { recursive: true, force: true }),
  };
};
