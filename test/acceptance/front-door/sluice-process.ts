/** One run of `npx sluice` in a process of its own. */
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../cli/sluice.mjs', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

interface Running {
  readonly ended: Promise<Ended>;
  readonly interrupt: () => void;
}

/** With nothing of this machine's own settings but what a test gives. */
export const start = (
  words: readonly string[],
  environment: Readonly<Record<string, string>>,
): Running => {
  const child = spawn(process.execPath, [program, ...words], {
    env: { PATH: process.env.PATH, HOME: '/nonexistent', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [out, err] = ['', ''];
  child.stdout.on('data', (text) => {
    out += text;
  });
  child.stderr.on('data', (text) => {
    err += text;
  });
  return {
    ended: new Promise((resolve) => child.on('close', (code) => resolve({ code, out, err }))),
    interrupt: () => child.kill('SIGINT'),
  };
};

/** What `--json` printed. */
export const jsonLines = ({ out }: Ended): readonly Record<string, never>[] =>
  out
    .trim()
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
