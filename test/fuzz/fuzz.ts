/** `npm run fuzz -- [--requests N] [--seconds S] [--seed S] [--path P]`: hostile requests for every route of the OpenAPI document. */
import { parseArgs } from 'node:util';
import { fuzz, reportLines } from './run.ts';

const { values } = parseArgs({
  options: {
    /** 20,000, if nothing is said. */
    requests: { type: 'string', default: '20000' },
    seconds: { type: 'string' },
    /** Of the clock, if nothing is said. */
    seed: { type: 'string' },
    /** As a failure names it. */
    path: { type: 'string' },
  },
});

const whole = (name: string, text: string): number => {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 0) throw new Error(`--${name} takes a whole number.`);
  return number;
};

const seed = whole('seed', values.seed ?? String(Date.now() % 2 ** 31));
const report = await fuzz({
  seed,
  requests: whole('requests', values.requests),
  seconds: values.seconds === undefined ? undefined : whole('seconds', values.seconds),
  path: values.path,
});
for (const line of reportLines(report, seed)) console.log(line);
process.exitCode = report.failure === undefined ? 0 : 1;
