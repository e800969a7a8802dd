/** US dollars per million files, from the calls that are counted and from list prices. */
import { PRICES } from './calls/prices.ts';
import { type CallCounts, openCallWorld } from './calls/world.ts';
import type { Bench, Measured } from './harness/bench.ts';

const FILES = 100;
const BATCH = 10;
/** Of a user who follows one upload as `Retry-After` asks; and the `POST /uploads` before them. */
const POLLS = 5;
const REQUESTS = POLLS + 1;
/** One request of the API in a warm sandbox of 512 MB, at the least that is billed. */
const REQUEST_GB_SECONDS = 0.5 * 0.003;
/** What is written at WARN for a file that nothing happened to: nothing. */
const LOG_GB = 0;
/** One write of the new upload's row and its two index entries. */
const CREATE_UNITS = 3;
/** Step Functions Express, and a usual design with Powertools, at the same 5 polls; the calls of each are counted in PERFORMANCE. */
const PEERS = { express: 22.0, powertools: 21.99 } as const;

const dollarsOf = (counts: CallCounts) => {
  const per = (count: number): number => count / counts.files;
  // The functions behind the queues have 1 GB between them on average; what they waited for the laptop's services is in it.
  const workGbSeconds = per(counts.durationMs) / 1000;
  return {
    api: REQUESTS * PRICES.httpApi,
    lambda:
      (per(counts.lambda) + REQUESTS) * PRICES.lambdaRequests +
      (workGbSeconds + REQUESTS * REQUEST_GB_SECONDS) * PRICES.lambdaGbSecond * 1e6,
    sqs: per(counts.sqs) * PRICES.sqs,
    dynamodb:
      (per(counts.writeUnits) + CREATE_UNITS) * PRICES.dynamodbWrites +
      per(counts.readUnits) * PRICES.dynamodbReads,
    s3Gets: per(counts.s3Gets) * PRICES.s3Gets,
    redis: (per(counts.redis) + REQUESTS) * PRICES.redis,
    logs: LOG_GB * PRICES.logs,
    s3Puts: (per(counts.s3Puts) + 1) * PRICES.s3Puts,
  };
};

const sumOf = ({ s3Puts: _, ...rest }: ReturnType<typeof dollarsOf>): number =>
  Object.values(rest).reduce((sum, part) => sum + part, 0);

export const bench: Bench = {
  name: 'cost',
  about:
    `USD per million small text files with ${POLLS} polls each, batches of ${BATCH}: the counts of \`calls\` times dated list prices (bench/calls/prices.ts), GB-seconds from the time that the ` +
    'handlers took here. The peers are the designs of the same shape with their own counts, at the same prices and polls.',
  async run() {
    const world = await openCallWorld();
    try {
      const text = (index: number) => Buffer.from(`Text number ${index}.\n`.repeat(40));
      await world.count([text(0)], BATCH);
      const files = Array.from({ length: FILES }, (_, index) => text(index));
      const dollars = dollarsOf(await world.count(files, BATCH));
      const row = (name: string, ours: number, more: Partial<Measured> = {}): Measured => ({
        case: name,
        unit: 'USD',
        better: 'less',
        ours,
        ...more,
      });
      return [
        row('all, without S3 PUTs', sumOf(dollars), {
          peer: { name: 'Step Functions Express', value: PEERS.express },
          target: { of: 'ours', value: 13 },
        }),
        row('all, without S3 PUTs, against Powertools', sumOf(dollars), {
          peer: { name: 'usual Powertools design', value: PEERS.powertools },
        }),
        ...Object.entries(dollars).map(([part, value]) => row(part, value)),
      ];
    } finally {
      await world.close();
    }
  },
};
