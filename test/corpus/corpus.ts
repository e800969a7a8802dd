/** `npm run corpus [-- FOLDER] [--json] [--only TEXT]`: drives every file of a folder, and says which were not treated as they should. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { CAP_MIB, type ClassReport, type Judgement, judge, reportByClass } from './judge.ts';
import { type CorpusFile, nameOf, readManifest } from './manifest.ts';
import { createWorker } from './pool.ts';

const MiB = 1024 ** 2;
/** Two cores is the smallest machine we promise to run on. */
const WORKERS = 2;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean', default: false },
    /** Files whose path holds this. */
    only: { type: 'string', default: '' },
  },
});

const folder = resolve(positionals[0] ?? '../shared/corpus');

const judgeAll = async (files: readonly CorpusFile[]): Promise<readonly Judgement[]> => {
  const waiting = [...files.entries()];
  const judgements: Judgement[] = [];
  const work = async (): Promise<void> => {
    const worker = createWorker(CAP_MIB);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const [place, file] = next;
      const run = await worker.run({ folder, path: file.path, name: nameOf(file) });
      judgements[place] = judge(file, run);
    }
    worker.stop();
  };
  await Promise.all(Array.from({ length: WORKERS }, work));
  return judgements;
};

const row = (...cells: readonly (string | number)[]): string =>
  cells.map((cell, at) => (at === 0 ? String(cell).padEnd(12) : String(cell).padStart(9))).join('');

const percent = (share: number): string => `${(share * 100).toFixed(1)} %`;

const tell = (reports: readonly ClassReport[], judgements: readonly Judgement[]): void => {
  console.log(row('class', 'files', 'right', 'share', 'bar', ''));
  for (const { class: name, files, right, bar, met } of reports) {
    console.log(row(name, files, right, percent(right / files), percent(bar), met ? '' : 'missed'));
  }
  const missed = judgements.filter(({ misses }) => misses.length > 0);
  if (missed.length > 0) console.log('\nMissed:');
  for (const { path, class: name, misses } of missed) {
    console.log(`- ${path} (${name}): ${misses.join('; ')}`);
  }
  const peak = Math.max(...judgements.map(({ peakBytes }) => peakBytes));
  const slowest = Math.max(...judgements.map(({ ms }) => ms));
  const size = peak > 0 ? `${Math.ceil(peak / MiB)} MiB` : 'not told by this system';
  console.log(
    `\nMost memory of a worker: ${size}. Slowest file: ${(slowest / 1000).toFixed(1)} s.`,
  );
};

if (existsSync(resolve(folder, 'manifest.json'))) {
  const files = readManifest(folder).filter(({ path }) => path.includes(values.only));
  const judgements = await judgeAll(files);
  const reports = reportByClass(judgements);
  if (values.json) console.log(JSON.stringify({ classes: reports, files: judgements }, null, 2));
  else tell(reports, judgements);
  process.exitCode = reports.every(({ met }) => met) ? 0 : 1;
} else {
  console.error(`There is no corpus: ${folder} has no manifest.json.`);
  process.exitCode = 2;
}
