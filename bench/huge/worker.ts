/** One sandbox: works one message by a lane's function as it is deployed, and writes what it took: `LANE EVENT-FILE`. */
import { readFile } from 'node:fs/promises';
import type { SQSEvent } from 'aws-lambda';

const [lane, file = ''] = process.argv.slice(2);
const event = JSON.parse(await readFile(file, 'utf8')) as SQSEvent;
const { handler } =
  lane === 'heavy'
    ? await import('../../functions/work-heavy.ts')
    : await import('../../functions/work-light.ts');

const deadline = performance.now() + 900_000;
const before = process.cpuUsage();
const { batchItemFailures } = await handler(event, {
  awsRequestId: `bench-${process.pid}`,
  getRemainingTimeInMillis: () => deadline - performance.now(),
});
const { user, system } = process.cpuUsage(before);
process.stdout.write(
  JSON.stringify({
    failed: batchItemFailures.length,
    cpuSeconds: (user + system) / 1e6,
    // `maxRSS` is in KB of 1,024 bytes.
    peakRssMb: (process.resourceUsage().maxRSS * 1024) / 1e6,
  }),
);
process.exit(0);
