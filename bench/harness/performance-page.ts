/** Makes docs/performance.md: the words of docs/performance.intro.md, then a table for each bench. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { benchNames } from './benches.ts';
import type { Machine } from './machine.ts';
import type { Results } from './results.ts';
import { markdownTable } from './show.ts';

const introPath = fileURLToPath(new URL('../performance-intro.md', import.meta.url));
const pagePath = fileURLToPath(new URL('../../docs/performance.md', import.meta.url));

const machineLine = ({ date, commit, node, cpu, cores, memoryGiB, load }: Machine): string =>
  `${date}, commit ${commit}, Node ${node.slice(1)}, ${cores} cores of ${cpu}, ${memoryGiB} GiB, load ${load} before the run`;

/** The page's text; a test holds it against the file. */
export const performancePage = async (results: Results): Promise<string> => {
  const intro = await readFile(introPath, 'utf8');
  const sections = benchNames.flatMap((name) => {
    const result = results[name];
    if (result === undefined) return [];
    const { about, machine, rows } = result;
    return [`## ${name}\n\n${about}\n\n${markdownTable(rows)}\n\n${machineLine(machine)}.\n`];
  });
  return [intro, ...sections].join('\n');
};

export const writePerformancePage = async (results: Results): Promise<void> =>
  writeFile(pagePath, await performancePage(results));
