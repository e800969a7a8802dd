/**
 * `npm run chaos [-- --uploads N] [--seed S] [--seconds T]`: the real stack with real processes under kills, stops,
 * duplicates and a broken Redis, then a check from outside that nothing was lost, doubled or flipped.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Poll } from './journal.ts';
import { type RunReport, runChaos } from './run.ts';

/** What a poll may take while everything is hurt: the view's time-outs and a read of the state, on two busy cores. */
const P95_BOUND_MS = 1_000;

const quantile = (values: readonly number[], share: number): number =>
  values.toSorted((left, right) => left - right)[Math.floor(values.length * share)] ?? 0;

const count = (polls: readonly Poll[], is: (poll: Poll) => boolean): number =>
  polls.filter(is).length;

/** Times of the polls that say something about the product. */
const judged = (polls: readonly Poll[]): readonly number[] =>
  polls.filter(({ stalled }) => !stalled).map(({ ms }) => ms);

const tableOf = (rows: readonly (readonly [string, string | number])[]): string => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `  ${name.padEnd(width)}  ${value}`).join('\n');
};

const describe = (report: RunReport): string => {
  const { journal, stormPolls, seconds, ends } = report;
  const times = judged(stormPolls);
  const ended = journal.expected.size;
  const faults = [...journal.faults].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return [
    'Injected faults',
    tableOf(faults),
    '',
    'Uploads',
    tableOf([
      ...[...ends].map(([state, times]): [string, number] => [state, times]),
      ['files per second of the storm', (ended / seconds.storm).toFixed(1)],
      ['letters redriven by the operator', report.redriven],
      ['failed by the storm, reprocessed', report.reprocessed],
      ['notifications, each generation under one id', journal.told.size],
      ['host processes started', report.hostsStarted],
    ]),
    '',
    'Status polls in the storm',
    tableOf([
      ['polls', stormPolls.length],
      ['from cache', count(stormPolls, ({ source }) => source === 'cache')],
      ['from store', count(stormPolls, ({ source }) => source === 'store')],
      ['answered 5xx', count(stormPolls, ({ status, stalled }) => status >= 500 && !stalled)],
      [
        'while the machine stood still, not judged',
        `${count(stormPolls, ({ stalled }) => stalled)}, longest ${journal.stalls.longest()} ms`,
      ],
      [
        'of these answered 5xx',
        count(stormPolls, ({ status, stalled }) => status >= 500 && stalled),
      ],
      ['median', `${quantile(times, 0.5).toFixed(0)} ms`],
      ['p95', `${quantile(times, 0.95).toFixed(0)} ms (bound ${P95_BOUND_MS} ms)`],
      ['slowest', `${quantile(times, 1 - Number.EPSILON).toFixed(0)} ms`],
    ]),
    '',
    `Start ${seconds.start.toFixed(0)} s, storm ${seconds.storm.toFixed(0)} s, peace and verdict ${seconds.peace.toFixed(0)} s.`,
  ].join('\n');
};

const wholeNumber = (text: string, flag: string): number => {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`--${flag} takes a whole number above 0.`);
};

const { values } = parseArgs({
  options: {
    uploads: { type: 'string', default: '240' },
    seed: { type: 'string', default: '1' },
    seconds: { type: 'string', default: '110' },
  },
});
const seed = wholeNumber(values.seed, 'seed');
const logDir = fileURLToPath(new URL('../../.local', import.meta.url));
await mkdir(logDir, { recursive: true });
const logFile = join(logDir, `chaos-${seed}-${process.pid}.log`);
const say = (line: string): void => {
  process.stdout.write(`${line}\n`);
};

say(`Chaos, seed ${seed}: log in ${logFile}`);
const report = await runChaos({
  seed,
  uploads: wholeNumber(values.uploads, 'uploads'),
  seconds: wholeNumber(values.seconds, 'seconds'),
  logFile,
  say,
});
const { violations } = report.journal;
const p95 = quantile(judged(report.stormPolls), 0.95);
if (p95 > P95_BOUND_MS) violations.push(`p95 of a poll is ${p95.toFixed(0)} ms`);
say(describe(report));
for (const violation of violations.slice(0, 50)) say(`VIOLATION ${violation}`);
say(
  violations.length === 0
    ? 'Nothing was lost, doubled or flipped.'
    : `${violations.length} violations.`,
);
process.exitCode = violations.length === 0 ? 0 : 1;
