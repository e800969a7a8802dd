/**
 * `npm run mutate [-- --only TEXT]`: breaks one line at a time in copies of the project, and lists which breaks no test
 * noticed.
 */
import { parseArgs } from 'node:util';
import { type Copy, copyProject } from './copy.ts';
import type { Mutation } from './mutation.ts';
import { mutations } from './mutations.ts';

/** Tried in this order until one notices: the tests that are named, the cheap ones, the simulator last. */
const STAGES: readonly (readonly string[])[] = [
  ['test/unit/domain', 'test/unit/usecases', 'test/unit/lambda'],
  ['test/integration/adapters'],
  ['test/simulation'],
];
/** Two cores, and each of the copies tests in one process. */
const COPIES = 2;

/** What fails without a mutation notices nothing. Asked once of each set of tests, of a copy that nobody breaks. */
const createSoundness = (pristine: Copy) => {
  const asked = new Map<string, Promise<boolean>>();
  let last: Promise<unknown> = Promise.resolve();
  return async (tests: readonly string[]): Promise<void> => {
    const names = tests.join(' ');
    const answer = asked.get(names) ?? last.then(() => pristine.passes(tests));
    asked.set(names, answer);
    last = answer;
    if (!(await answer)) throw new Error(`${names} fails without a mutation.`);
  };
};

/** The tests that noticed, or undefined for a survivor. */
const noticedBy = async (
  copy: Copy,
  mutation: Mutation,
  assertSound: (tests: readonly string[]) => Promise<void>,
): Promise<string | undefined> => {
  const { attackedBy } = mutation;
  const mend = await copy.mutate(mutation);
  try {
    for (const tests of attackedBy === undefined ? STAGES : [attackedBy, ...STAGES]) {
      if (await copy.passes(tests)) continue;
      await assertSound(tests);
      return tests.join(' ');
    }
    return undefined;
  } finally {
    await mend();
  }
};

const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
const chosen = mutations.filter(({ name, file }) => `${file} ${name}`.includes(values.only));
const survivors: Mutation[] = [];
const pristine = await copyProject();
const copies = await Promise.all(Array.from({ length: COPIES }, copyProject));
try {
  const assertSound = createSoundness(pristine);
  const left = [...chosen];
  const work = async (copy: Copy): Promise<void> => {
    for (let mutation = left.shift(); mutation !== undefined; mutation = left.shift()) {
      const tests = await noticedBy(copy, mutation, assertSound);
      const verdict = tests === undefined ? 'SURVIVED' : 'noticed ';
      console.log(
        `${verdict}  ${mutation.file}: ${mutation.name}${tests === undefined ? '' : ` (${tests})`}`,
      );
      if (tests === undefined) survivors.push(mutation);
    }
  };
  await Promise.all(copies.map(work));
} finally {
  await Promise.all([pristine, ...copies].map((copy) => copy.remove()));
}
console.log(`\n${chosen.length - survivors.length} of ${chosen.length} mutations noticed.`);
process.exitCode = survivors.length > 0 ? 1 : 0;
