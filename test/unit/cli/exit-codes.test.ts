/** The exit codes are API: what is documented of them is what there is. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { EXIT } from '../../../cli/exit-codes.ts';
import { OVERVIEW } from '../../../cli/usage.ts';

const page = readFileSync(new URL('../../../docs/command-line.md', import.meta.url), 'utf8');
const [, table = ''] = page.split('| exit code | |');

it('stand in the docs and in --help, each once and no other', () => {
  const [, told = ''] = OVERVIEW.split('Exit codes\n');
  const codes = Object.values(EXIT);

  expect([...table.matchAll(/^\| (\d+) \| \S/gm)].map(([, code]) => Number(code))).toEqual(codes);
  const inHelp = [...told.matchAll(/(?:^|\s)(\d+) {2}[a-z]/g)].map(([, code]) => Number(code));
  expect(inHelp.toSorted((one, other) => one - other)).toEqual(codes);
});
