/**
 * `npm run plannables` writes shared/processors/plannables.ts: what a plan needs to know of every processor, without the
 * processors, so that the functions that only plan load none of their libraries. A test says when it is of yesterday.
 */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Plannable, splittableOf } from '../shared/domain/plan.ts';
import { processors } from '../shared/processors/registry.ts';

const FILE = fileURLToPath(new URL('../shared/processors/plannables.ts', import.meta.url));

const HEAD = `/** What a plan needs to know of every processor. Written by \`npm run plannables\` from the registry: change it there. */
import type { Plannable } from '../domain/plan.ts';
import { isTypeGate } from './types/gate.ts';

export const plannables: readonly Plannable[] = [
`;

const literalOf = ({ isGate, split, ...rest }: Plannable): string => {
  const { name, version, lane, accepts, refuses, needs, onlyWith, makesChildren } = rest;
  const text = JSON.stringify({
    ...{ name, version, lane, accepts, refuses, needs, onlyWith, makesChildren },
    ...(split === undefined ? {} : { split: splittableOf(split) }),
  });
  return isGate === undefined ? text : `${text.slice(0, -1)}, isGate: ${isGate.name} }`;
};

await writeFile(FILE, `${HEAD}${processors.map((one) => `${literalOf(one)},\n`).join('')}];\n`);
await promisify(execFile)('npx', ['biome', 'check', '--write', FILE]);
