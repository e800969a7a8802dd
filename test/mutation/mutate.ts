/**
 * `npm run mutate [-- --only TEXT] [--from N] [--to N] [--record FILE]`: breaks one line at a time in copies of the project,
 * and lists which breaks no test noticed. With a record, what it has a verdict on is not tried again: so a run goes on where
 * it was interrupted. `--list` only tells the numbers. `--guards` takes every `if` of the domain and the use cases in place
 * of the list, and `--stages N` stops before the dearer tests.
 */
import { appendFile, readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { type Copy, copyProject } from './copy.ts';
import { findGuards } from './guards.ts';
import { equalGuards } from './lists/equal-guards.ts';
import { type Mutation, nameOf } from './mutation.ts';
import { mutations as listed } from './mutations.ts';

/** Tried in this order until one notices: the tests that are named, the cheap ones, the simulator last. */
const STAGES: readonly (readonly string[])[] = [
  ['domain', 'usecases', 'lambda', 'sessions', 'webhooks'].map((unit) => `test/unit/${unit}`),
  ['test/integration/adapters'],
  ['test/simulation'],
];
/** Two cores, and each of the copies tests in one process. */
const COPIES = 2;

type Verdict = 'noticed' | 'hung' | 'SURVIVED' | 'UNSOUND';

interface Judged {
  readonly verdict: Verdict;
  /** The tests that noticed, or that fail without a mutation. */
  readonly tests: readonly string[];
}

interface Numbered extends Mutation {
  /** Of its place in the whole list, from 1. */
  readonly number: number;
}

/** Whether tests pass where nobody broke anything: what fails there notices nothing. Asked once of each set of tests. */
const createSoundness = (pristine: Copy) => {
  const asked = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  return (tests: readonly string[]): Promise<boolean> => {
    const names = tests.join(' ');
    const answer =
      asked.get(names) ?? last.then(async () => (await pristine.run(tests)) === 'passed');
    asked.set(names, answer);
    last = answer;
    return answer;
  };
};

const judge = async (
  copy: Copy,
  mutation: Mutation,
  isSound: (tests: readonly string[]) => Promise<boolean>,
): Promise<Judged> => {
  const { attackedBy } = mutation;
  const mend = await copy.mutate(mutation);
  try {
    for (const tests of attackedBy === undefined ? stages : [attackedBy, ...stages]) {
      const answer = await copy.run(tests);
      if (answer === 'passed') continue;
      if (!(await isSound(tests))) return { verdict: 'UNSOUND', tests };
      return { verdict: answer === 'hung' ? 'hung' : 'noticed', tests };
    }
    return { verdict: 'SURVIVED', tests: [] };
  } finally {
    await mend();
  }
};

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    from: { type: 'string', default: '1' },
    to: { type: 'string', default: 'Infinity' },
    record: { type: 'string' },
    list: { type: 'boolean', default: false },
    guards: { type: 'boolean', default: false },
    stages: { type: 'string', default: String(STAGES.length) },
  },
});
const stages = STAGES.slice(0, Number(values.stages));
const guards = () => findGuards(listed).filter((guard) => !(nameOf(guard) in equalGuards));
const mutations = values.guards ? guards() : listed;

/** The verdicts of an earlier run, by mutation; one without a sound test has none yet. */
const recorded = async (): Promise<ReadonlyMap<string, string>> => {
  const { record } = values;
  const text = record === undefined ? '' : await readFile(record, 'utf8').catch(() => '');
  const lines = text
    .split('\n')
    .map((line) => /^(noticed|hung|SURVIVED) +(.+?)(?: {2}\(|$)/.exec(line));
  return new Map(lines.flatMap((line) => (line ? [[line[2] ?? '', line[1] ?? '']] : [])));
};

const chosen = mutations
  .map((mutation, index): Numbered => ({ ...mutation, number: index + 1 }))
  .filter(({ number }) => number >= Number(values.from) && number <= Number(values.to))
  .filter((mutation) => nameOf(mutation).includes(values.only));

const runAll = async (): Promise<ReadonlyMap<string, string>> => {
  const verdicts = new Map(await recorded());
  const left = chosen.filter((mutation) => !verdicts.has(nameOf(mutation)));
  const pristine = await copyProject();
  const copies = await Promise.all(Array.from({ length: COPIES }, copyProject));
  const isSound = createSoundness(pristine);
  const work = async (copy: Copy): Promise<void> => {
    for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
      const { verdict, tests } = await judge(copy, mutation, isSound);
      verdicts.set(nameOf(mutation), verdict);
      const by = tests.length === 0 ? '' : `  (${tests.join(' ')})`;
      const line = `${verdict.padEnd(8)}  ${nameOf(mutation)}${by}`;
      console.log(line);
      if (values.record !== undefined) await appendFile(values.record, `${line}\n`);
    }
  };
  try {
    await Promise.all(copies.map(work));
  } finally {
    await Promise.all([pristine, ...copies].map((copy) => copy.remove()));
  }
  return verdicts;
};

if (values.list) {
  for (const mutation of chosen) console.log(`${mutation.number}  ${nameOf(mutation)}`);
} else {
  const verdicts = await runAll();
  const hasVerdict = (wanted: readonly string[]) =>
    chosen.filter((mutation) => wanted.includes(verdicts.get(nameOf(mutation)) ?? ''));
  const noticed = hasVerdict(['noticed', 'hung']).length;
  console.log(`\n${noticed} of ${chosen.length} mutations noticed.`);
  for (const mutation of hasVerdict(['SURVIVED', 'UNSOUND'])) console.log(nameOf(mutation));
  process.exitCode = noticed === chosen.length ? 0 : 1;
}
