/** Every `if` of the domain and of the use cases as a mutation: what it guards is never entered. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Mutation } from './mutation.ts';

const projectDir = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['shared/domain', 'shared/usecases'];

/** Where the bracket that opens at `from` closes. The code has no bracket in a text or a pattern inside of a condition. */
const closing = (code: string, from: number): number => {
  let depth = 0;
  for (let at = from; at < code.length; at += 1) {
    if (code[at] === '(') depth += 1;
    if (code[at] === ')') depth -= 1;
    if (depth === 0) return at;
  }
  throw new Error('A bracket is not closed.');
};

/** As much of what stands before as makes the text the only one of its kind. */
const unique = (code: string, from: number, to: number): string => {
  let start = from;
  while (
    start > 0 &&
    code.indexOf(code.slice(start, to)) !== code.lastIndexOf(code.slice(start, to))
  )
    start -= 1;
  return code.slice(start, to);
};

const guardsIn = (file: string, tests: readonly string[]): readonly Mutation[] => {
  const code = readFileSync(join(projectDir, file), 'utf8');
  const seen = new Map<string, number>();
  return [...code.matchAll(/\bif \(/g)].map(({ index }) => {
    const opens = index + 'if '.length;
    const closes = closing(code, opens);
    const condition = code
      .slice(opens + 1, closes)
      .replace(/\s+/g, ' ')
      .trim();
    const times = (seen.get(condition) ?? 0) + 1;
    seen.set(condition, times);
    const find = unique(code, index, closes + 1);
    const before = find.slice(0, find.length - (closes + 1 - index));
    const name = `if (${condition})${times === 1 ? '' : ` #${times}`}`;
    const mutation = { name, file, find, replace: `${before}if (false)` };
    return tests.length === 0 ? mutation : { ...mutation, attackedBy: tests };
  });
};

const unitTests = readdirSync(join(projectDir, 'test/unit'), {
  recursive: true,
  withFileTypes: true,
})
  .filter((entry) => entry.isFile())
  .map(({ parentPath, name }) => relative(projectDir, join(parentPath, name)));

/** The cheap ones of those that are known to attack a file, and those that are called as it is. */
const testsOf = (file: string, known: readonly Mutation[]): readonly string[] => {
  const named = known
    .filter((mutation) => mutation.file === file)
    .flatMap(({ attackedBy = [] }) => attackedBy)
    .filter((test) => test.startsWith('test/unit'));
  const own = unitTests.filter((test) => basename(test).startsWith(basename(file, '.ts')));
  return [...new Set([...own, ...named])];
};

/** @param known tells more of which tests attack a file. */
export const findGuards = (known: readonly Mutation[]): readonly Mutation[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(join(projectDir, folder)).map((name) => `${folder}/${name}`),
  ).flatMap((file) => guardsIn(file, testsOf(file, known)));
