/** Every regular expression of what is deployed or runs at a user's, as it is written. */
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseSync } from '@swc/core';

const project = fileURLToPath(new URL('../..', import.meta.url));
const FOLDERS = ['shared', 'functions', 'client', 'cli'];

export interface Expression {
  readonly pattern: string;
  readonly flags: string;
  readonly files: readonly string[];
}

export interface Expressions {
  /** By `/pattern/flags`. */
  readonly written: ReadonlyMap<string, Expression>;
  /** Files that put some together from parts. */
  readonly assembling: readonly string[];
}

interface Node {
  readonly type?: string;
  readonly pattern?: string;
  readonly flags?: string;
  readonly callee?: { readonly type?: string; readonly value?: string };
}

const isNode = (value: unknown): value is Node => typeof value === 'object' && value !== null;

function* nodesIn(node: Node): Generator<Node> {
  yield node;
  for (const part of Object.values(node)) if (isNode(part)) yield* nodesIn(part);
}

const sources = (): readonly string[] =>
  FOLDERS.flatMap((folder) =>
    readdirSync(`${project}${folder}`, { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|mjs)$/.test(name))
      .map((name) => `${folder}/${name}`),
  ).sort();

export const expressionsOf = (): Expressions => {
  const written = new Map<string, Expression>();
  const assembling = new Set<string>();
  for (const file of sources()) {
    const text = readFileSync(`${project}${file}`, 'utf8');
    for (const node of nodesIn(parseSync(text, { syntax: 'typescript', target: 'es2022' }))) {
      const { type, pattern = '', flags = '', callee } = node;
      if (type === 'RegExpLiteral') {
        const files = written.get(`/${pattern}/${flags}`)?.files ?? [];
        written.set(`/${pattern}/${flags}`, { pattern, flags, files: [...files, file] });
      }
      if (callee?.type === 'Identifier' && callee.value === 'RegExp') assembling.add(file);
    }
  }
  return { written, assembling: [...assembling] };
};
