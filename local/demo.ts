/** The command line of `npm run demo`: the whole stack on free ports, files through its public API, a table, and everything stopped again. */
import { access, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import { openLocalFile } from '../client/local-file.ts';
import { createSluice, type Sluice } from '../client/sluice.ts';
import type { Upload } from '../client/types.ts';
import { interruption } from './interruption.ts';
import { writeSamples } from './samples.ts';
import { startStack } from './stack.ts';

const usage = `npm run demo [-- [--json] FILE …]
  FILE    files to upload; without any, ten small samples are made
  --json  one JSON object per file: its name, its status and its history`;

/** Each file waits on its own cold start; more at once would only wait for the two or three workers that fit. */
const FILES_AT_ONCE = 4;

/** Given up on an upload that has not ended by then. */
const LONGEST_FOLLOWED_MS = 10 * 60_000;

interface Outcome {
  readonly file: string;
  readonly seconds: number;
  readonly upload?: Upload;
  readonly history?: unknown;
  /** Why there is no upload to show. */
  readonly problem?: string;
}

const messageOf = (error: unknown): string =>
  error instanceof Error
    ? [error.message, error.cause instanceof Error ? error.cause.message : ''].join(' ').trim()
    : String(error);

const describe = ({ state, steps }: Upload): string => {
  const ended = steps.filter(({ state: step }) => !['queued', 'running'].includes(step));
  return steps.length === 0 ? state : `${state} ${ended.length}/${steps.length} steps`;
};

interface Work {
  readonly sluice: Sluice;
  readonly say: (line: string) => void;
  /** Aborted: everything in flight rejects. */
  readonly signal: AbortSignal;
}

const processFile = async ({ sluice, say, signal }: Work, path: string): Promise<Outcome> => {
  const file = basename(path);
  const startedAt = Date.now();
  const secondsSo = () => (Date.now() - startedAt) / 1000;
  try {
    const { file: bytes, ...declaration } = await openLocalFile(path);
    const { id } = await sluice.upload(bytes, { ...declaration, signal });
    say(`${file}: uploaded as ${id}`);
    const upload = await sluice.follow(id, {
      signal: AbortSignal.any([signal, AbortSignal.timeout(LONGEST_FOLLOWED_MS)]),
      onChange: (now) => say(`${file}: ${describe(now)}`),
    });
    return { file, seconds: secondsSo(), upload, history: await sluice.history(id) };
  } catch (error) {
    signal.throwIfAborted();
    const problem = messageOf(error);
    say(`${file}: ${problem}`);
    return { file, seconds: secondsSo(), problem };
  }
};

/** Works `paths` a few at a time and keeps their order. */
const processAll = async (
  paths: readonly string[],
  work: (path: string) => Promise<Outcome>,
): Promise<readonly Outcome[]> => {
  const outcomes: Outcome[] = [];
  const rest = [...paths.entries()];
  const worker = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) {
      const [index, path] = next;
      outcomes[index] = await work(path);
    }
  };
  await Promise.all(Array.from({ length: FILES_AT_ONCE }, worker));
  return outcomes;
};

const rowOf = ({ file, seconds, upload, problem }: Outcome): readonly string[] => {
  const steps = upload?.steps.map(({ name, state, error }) =>
    state === 'succeeded' ? name : `${name}: ${error?.code ?? state}`,
  );
  const time = `${seconds.toFixed(1)} s`;
  const state = upload?.state ?? problem ?? '';
  return [file, upload?.detectedType ?? '', steps?.join(', ') ?? '', time, state];
};

const tableOf = (outcomes: readonly Outcome[]): string => {
  const rows = [['file', 'detected type', 'steps', 'time', 'state'], ...outcomes.map(rowOf)];
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((row) => (row[column] ?? '').length)),
  );
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
};

const readFlags = (commandLine: readonly string[]) =>
  parseArgs({
    args: [...commandLine],
    allowPositionals: true,
    options: {
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });

const assertReadable = async (paths: readonly string[]): Promise<void> => {
  for (const path of paths) {
    await access(path).catch((cause) => {
      throw new Error(`There is no file ${path} to upload.`, { cause });
    });
  }
};

const run = async (
  files: readonly string[],
  { asJson, signal }: { readonly asJson: boolean; readonly signal: AbortSignal },
): Promise<boolean> => {
  const print = (line: string) => process.stdout.write(`${line}\n`);
  const say = asJson ? (line: string) => process.stderr.write(`${line}\n`) : print;
  signal.addEventListener('abort', () => say('Stopping …'));
  await assertReadable(files);
  const scratch = await mkdtemp(join(tmpdir(), 'sluice-demo-'));
  try {
    const paths = files.length > 0 ? files : await writeSamples(scratch);
    say('Starting Sluice on this machine …');
    const stack = await startStack({ logLevel: 'warn', signal });
    try {
      const sluice = createSluice({ url: stack.httpUrl, session: stack.token });
      const outcomes = await processAll(paths, (path) =>
        processFile({ sluice, say, signal }, path),
      );
      if (asJson) for (const outcome of outcomes) print(JSON.stringify(outcome));
      else print(`\n${tableOf(outcomes)}`);
      return outcomes.every(({ upload }) => upload?.state === 'completed');
    } finally {
      await stack.close();
    }
  } finally {
    await rm(scratch, { recursive: true, force: true });
  }
};

/** Resolves when everything has stopped. Exit code 0 only if every file was completed, 130 after Ctrl-C. */
export const main = async (commandLine: readonly string[]): Promise<void> => {
  const signal = interruption();
  try {
    const { values, positionals } = readFlags(commandLine);
    if (values.help) process.stdout.write(`${usage}\n`);
    else if (!(await run(positionals, { asJson: values.json, signal }))) process.exitCode = 1;
  } catch (error) {
    const wasInterrupted = signal.aborted && error === signal.reason;
    if (!wasInterrupted) process.stderr.write(`${messageOf(error)}\n`);
    process.exitCode = wasInterrupted ? 130 : 1;
  }
};
