/** The command line `npx sluice`: reads it, runs the command, and ends with its exit code. */
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { Command } from './command.ts';
import { deleteUploads } from './commands/delete.ts';
import { doctor } from './commands/doctor.ts';
import { explain } from './commands/explain.ts';
import { results } from './commands/results.ts';
import { status } from './commands/status.ts';
import { upload } from './commands/upload.ts';
import { connect } from './connection.ts';
import { EXIT, type ExitCode, exitCodeOf, UsageError } from './exit-codes.ts';
import { createOutput, type Output } from './output.ts';
import { plain } from './terminal.ts';
import { type CommandName, HELP, isCommand, OVERVIEW } from './usage.ts';

const packageFile = new URL('../package.json', import.meta.url);

const COMMANDS: Readonly<Record<CommandName, Command>> = {
  upload,
  status,
  results,
  explain,
  delete: deleteUploads,
  doctor,
};

const OPTIONS = {
  help: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  watch: { type: 'boolean', default: false },
  url: { type: 'string' },
  resume: { type: 'string' },
  type: { type: 'string' },
  unpack: { type: 'boolean', default: false },
  group: { type: 'boolean', default: false },
  download: { type: 'string' },
  origin: { type: 'string' },
} as const;

/** Which options go with which command, beside those of all. */
const OPTIONS_OF: Readonly<Record<CommandName, readonly (keyof typeof OPTIONS)[]>> = {
  upload: ['watch', 'resume', 'type', 'unpack', 'group'],
  status: ['watch'],
  results: ['download'],
  explain: [],
  delete: [],
  doctor: ['origin'],
};

const common = ({ help, json, url }: typeof OPTIONS) => ({ help, json, url });

const readCommandLine = (name: CommandName, rest: readonly string[]) => {
  const own = OPTIONS_OF[name].map((option) => [option, OPTIONS[option]] as const);
  try {
    const { values, positionals } = parseArgs({
      args: [...rest],
      allowPositionals: true,
      options: { ...common(OPTIONS), ...Object.fromEntries(own) },
    });
    return { values: values as Readonly<Record<string, unknown>>, positionals };
  } catch (cause) {
    const [reason] = (cause instanceof Error ? cause.message : String(cause)).split('. ');
    throw new UsageError(`${reason}.`, { cause });
  }
};

const textIn = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : undefined;

const run = async (
  name: CommandName,
  rest: readonly string[],
  { output, signal }: { readonly output: Output; readonly signal: AbortSignal },
): Promise<ExitCode> => {
  const { values, positionals } = readCommandLine(name, rest);
  if (values.help === true) {
    process.stdout.write(`${HELP[name]}\n`);
    return EXIT.done;
  }
  return COMMANDS[name]({
    connection: await connect(textIn(values.url)),
    output,
    operands: positionals,
    flags: {
      watch: values.watch === true,
      resume: textIn(values.resume),
      type: textIn(values.type),
      unpack: values.unpack === true,
      group: values.group === true,
      download: textIn(values.download),
      origin: textIn(values.origin),
    },
    signal,
  });
};

const refuse = (name: string | undefined, output: Output): ExitCode => {
  const sentence = name === undefined ? 'Say what to do.' : `There is no command ${plain(name)}.`;
  if (output.isJson) output.trouble(new UsageError(sentence));
  else process.stderr.write(`${name === undefined ? '' : `${sentence}\n\n`}${OVERVIEW}\n`);
  return EXIT.usage;
};

/** What is asked of the program itself and of no command. */
const about = async (rest: readonly string[]): Promise<string | undefined> => {
  const [name] = rest;
  if (name === 'help' || rest.includes('--help') || rest.includes('-h')) return OVERVIEW;
  if (name !== 'version' && !rest.includes('--version')) return undefined;
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  return version;
};

/** The command, wherever it stands among its options, and the rest in their order. */
const split = (words: readonly string[]): readonly [string | undefined, readonly string[]] => {
  const { tokens } = parseArgs({
    args: [...words],
    options: OPTIONS,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const at = tokens.find(({ kind }) => kind === 'positional')?.index;
  return at === undefined ? [undefined, words] : [words[at], words.toSpliced(at, 1)];
};

/** Resolves when the command has ended. Rejects for a mistake of this program only. */
export const main = async (words: readonly string[]): Promise<void> => {
  const [name, rest] = split(words);
  const output = createOutput(rest.includes('--json'));
  if (name === undefined || !isCommand(name)) {
    const told = await about(words);
    if (told === undefined) process.exitCode = refuse(name, output);
    else process.stdout.write(`${told}\n`);
    return;
  }
  const controller = new AbortController();
  process.once('SIGINT', () => controller.abort(new Error('Interrupted.')));
  const { signal } = controller;
  try {
    process.exitCode = await run(name, rest, { output, signal });
  } catch (error) {
    const code = signal.aborted ? EXIT.interrupted : exitCodeOf(error);
    if (code === undefined) throw error;
    output.trouble(error);
    if (error instanceof UsageError) output.remark(`"npx sluice ${name} --help" says more.`);
    process.exitCode = code;
  }
};
