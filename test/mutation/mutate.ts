/** `npm run mutate`: breaks one line at a time in a copy of the project, and lists which breaks no test noticed. */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Mutation, mutations } from './mutations.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));

/** Tried in this order until one stage notices: the cheap tests first, the simulator last. */
const STAGES: readonly (readonly string[])[] = [
  ['test/unit/domain', 'test/unit/usecases', 'test/unit/lambda'],
  ['test/integration/adapters'],
  ['test/simulation'],
];
const COPIED = [
  'shared',
  'functions',
  'local',
  'test',
  'events',
  'infra',
  'docs',
  'web',
  'scanner',
];
const FILES = ['package.json', 'tsconfig.json', 'vitest.config.ts', 'serverless.yml'];
const STAGE_MS = 5 * 60_000;

const copyProject = async (): Promise<string> => {
  const copy = await mkdtemp(join(tmpdir(), 'sluice-mutate-'));
  for (const name of [...COPIED, ...FILES]) {
    await cp(join(projectDir, name), join(copy, name), { recursive: true });
  }
  await symlink(join(projectDir, 'node_modules'), join(copy, 'node_modules'));
  return copy;
};

/** True when every test of the stage passes. */
const passes = (copy: string, stage: readonly string[]): Promise<boolean> =>
  new Promise((resolve) => {
    const vitest = join(projectDir, 'node_modules/vitest/vitest.mjs');
    const args = [vitest, 'run', '--bail=1', '--reporter=dot', ...stage];
    execFile(process.execPath, args, { cwd: copy, timeout: STAGE_MS }, (error) => {
      resolve(error === null);
    });
  });

/** The stage that noticed, or undefined for a survivor. */
const noticedBy = async (copy: string, mutation: Mutation): Promise<string | undefined> => {
  const path = join(copy, mutation.file);
  const original = await readFile(path, 'utf8');
  const times = original.split(mutation.find).length - 1;
  if (times !== 1) {
    throw new Error(`"${mutation.name}": its text stands ${times} times in ${mutation.file}.`);
  }
  await writeFile(
    path,
    original.replace(mutation.find, () => mutation.replace),
  );
  try {
    for (const stage of STAGES) if (!(await passes(copy, stage))) return stage.join(' ');
    return undefined;
  } finally {
    await writeFile(path, original);
  }
};

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const chosen = mutations.filter(({ name, file }) => `${file} ${name}`.includes(values.only));
const copy = await copyProject();
const survivors: Mutation[] = [];
try {
  for (const stage of STAGES) {
    if (!(await passes(copy, stage)))
      throw new Error(`${stage.join(' ')} fails without a mutation.`);
  }
  for (const mutation of chosen) {
    const stage = await noticedBy(copy, mutation);
    console.log(
      `${stage === undefined ? 'SURVIVED' : 'noticed '}  ${mutation.file}: ${mutation.name}`,
    );
    if (stage === undefined) survivors.push(mutation);
  }
} finally {
  await rm(copy, { recursive: true, force: true });
}
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutations noticed.`);
process.exitCode = survivors.length > 0 ? 1 : 0;
