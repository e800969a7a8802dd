/** How long a new process takes, again and again: whatever a cache of ours would hide is paid each time. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { median } from '../harness/measure.ts';

export interface Start {
  /** Loading the module, milliseconds. */
  readonly loadMs: number;
  /** The first call of its handler after that, milliseconds; 0 without an event. */
  readonly callMs: number;
  /** The whole process. */
  readonly wallMs: number;
}

const PROGRAM = `
const startedAt = process.hrtime.bigint();
const { handler } = require(process.argv[1]);
const loadedAt = process.hrtime.bigint();
const ms = (from, to) => Number(to - from) / 1e6;
const say = (callMs) => { process.stdout.write(JSON.stringify({ loadMs: ms(startedAt, loadedAt), callMs })); process.exit(0); };
const event = process.argv[2];
if (event === undefined) say(0);
else handler(JSON.parse(event), { awsRequestId: 'bench', getRemainingTimeInMillis: () => 10000 }).then((answer) => {
  if (answer.statusCode !== 200) throw new Error(JSON.stringify(answer));
  say(ms(loadedAt, process.hrtime.bigint()));
});
`;

const startOnce = async (
  path: string,
  environment: NodeJS.ProcessEnv,
  event?: unknown,
): Promise<Start> => {
  const call = event === undefined ? [] : [JSON.stringify(event)];
  const startedAt = performance.now();
  const { stdout } = await promisify(execFile)(process.execPath, ['-e', PROGRAM, path, ...call], {
    env: environment,
  });
  return {
    ...(JSON.parse(stdout) as Omit<Start, 'wallMs'>),
    wallMs: performance.now() - startedAt,
  };
};

export interface StartOptions {
  readonly rounds: number;
  readonly environment: NodeJS.ProcessEnv;
  /** By name, where the first call is measured too. */
  readonly events?: Readonly<Record<string, unknown>>;
}

/** Medians by name; the modules take turns, so that a disturbance meets all of them. */
export const medianStarts = async (
  modules: Readonly<Record<string, string>>,
  { rounds, environment, events = {} }: StartOptions,
): Promise<Readonly<Record<string, Start>>> => {
  const starts: Record<string, Start[]> = {};
  for (let round = 0; round < rounds; round += 1) {
    for (const [name, path] of Object.entries(modules)) {
      starts[name] ??= [];
      starts[name].push(await startOnce(path, environment, events[name]));
    }
  }
  const middle = (of: readonly Start[], figure: keyof Start) => median(of.map((s) => s[figure]));
  return Object.fromEntries(
    Object.entries(starts).map(([name, of]) => [
      name,
      { loadMs: middle(of, 'loadMs'), callMs: middle(of, 'callMs'), wallMs: middle(of, 'wallMs') },
    ]),
  );
};
