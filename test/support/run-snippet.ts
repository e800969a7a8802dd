/** Runs code of the docs in a process of its own, as a reader would who pasted it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Terms {
  readonly env?: Readonly<Record<string, string>>;
  readonly words?: readonly string[];
  /** The project by default. */
  readonly cwd?: string;
}

const run = async (command: readonly string[], code: string, terms: Terms): Promise<Ran> => {
  const { env = {}, words = [], cwd = project } = terms;
  const [program = '', ...flags] = command;
  const child = spawn(program, [...flags, '-', ...words], {
    cwd,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...env },
  });
  child.stdin.end(code);
  const [out, err, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  return { code: exitCode as number | null, out, err };
};

/** Stops at the first command that fails. */
export const runShell = (code: string, terms: Terms = {}): Promise<Ran> =>
  run(['bash', '-euo', 'pipefail', '-s'], code, terms);

export const runModule = (code: string, terms: Terms = {}): Promise<Ran> =>
  run([process.execPath, '--import', 'tsx', '--input-type=module'], code, terms);
