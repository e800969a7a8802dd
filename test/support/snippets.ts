/** The code in README.md and docs/: what of it is executed, and what is not and why. Marked by a comment above each block. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Snippet {
  /** Path from the root of the project. */
  readonly page: string;
  readonly line: number;
  readonly language: string;
  readonly code: string;
  /** By which a test finds it. */
  readonly name: string | undefined;
  /** Why it is not executed. */
  readonly notRun: string | undefined;
}

const project = fileURLToPath(new URL('../..', import.meta.url));

const pages = (): readonly string[] => [
  'README.md',
  ...['docs', 'events'].flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => name.endsWith('.md'))
      .map((name) => join(folder, name)),
  ),
];

const NAMED = /^<!-- run: ([\w-]+) -->$/;
const NOT_RUN = /^<!-- not run: (.+) -->$/;
/** Holds for all of a page that has no mark of its own. */
const PAGE_NOT_RUN = /^<!-- nothing here is run: (.+) -->$/m;

const snippetsOf = (page: string): readonly Snippet[] => {
  const text = readFileSync(join(project, page), 'utf8');
  const wholePage = PAGE_NOT_RUN.exec(text)?.[1];
  return [...text.matchAll(/^( *)```(\w+)\n(.*?)^ *```$/gms)].map((found) => {
    const [, indent = '', language = '', code = ''] = found;
    const before = text.slice(0, found.index).split('\n');
    const mark = (before.at(-2) ?? '').trim();
    return {
      page,
      line: before.length,
      language,
      code: code.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
      name: NAMED.exec(mark)?.[1],
      notRun: NOT_RUN.exec(mark)?.[1] ?? wholePage,
    };
  });
};

/** Every block with a language. Drawings and what a program prints have none. */
export const allSnippets = (): readonly Snippet[] => pages().toSorted().flatMap(snippetsOf);

/** Its code. @throws Error when no page has it. */
export const snippet = (name: string): string => {
  const found = allSnippets().find((one) => one.name === name);
  if (found === undefined) throw new Error(`No page of the docs has a snippet "${name}".`);
  return found.code;
};
