/** What one file asks of each service, counted on the wire, in batches of ten and of one. */
import sharp from 'sharp';
import { type CallCounts, openCallWorld } from './calls/world.ts';
import type { Bench, Measured } from './harness/bench.ts';

const FILES = 100;
/** REST API, one message at a time, idempotency and status as rows of their own, a step function for each file. */
const NAIVE_CALLS = 55;

const text = (index: number): Buffer => Buffer.from(`Text number ${index}.\n`.repeat(40));
const table = (index: number): Buffer =>
  Buffer.from(
    `id,name,amount\n${Array.from({ length: 50 }, (_, row) => `${row},n${index},${row}.5`).join('\n')}\n`,
  );

const rowsOf = (what: string, { files, ...counts }: CallCounts, target?: number): Measured[] => {
  const per = (count: number) => count / files;
  const calls = counts.lambda + counts.sqs + counts.s3Gets + counts.s3Puts + counts.dynamodb;
  const row = (name: string, count: number, more: Partial<Measured> = {}): Measured => ({
    case: `${what}: ${name}`,
    unit: '',
    better: 'less',
    ours: per(count),
    ...more,
  });
  return [
    row('all AWS calls', calls, {
      peer: { name: 'naive design', value: NAIVE_CALLS },
      ...(target === undefined ? {} : { target: { of: 'ours', value: target } }),
    }),
    row('Lambda', counts.lambda),
    row('SQS requests', counts.sqs),
    row('S3 GET', counts.s3Gets),
    row('S3 PUT', counts.s3Puts),
    row('DynamoDB requests', counts.dynamodb),
    row('DynamoDB write units', counts.writeUnits),
    row('DynamoDB read units', counts.readUnits),
    row('Redis commands', counts.redis),
  ];
};

export const bench: Bench = {
  name: 'calls',
  about:
    `Calls per file of ${FILES} files that were put into the bucket by another tool, counted on the wire between the deployed functions and the laptop’s services; receiving and ` +
    'deleting are one request each per batch, as the mapping makes them. Without upload and polls.',
  async run() {
    const world = await openCallWorld();
    try {
      const picture = await sharp({
        create: { width: 640, height: 480, channels: 3, background: '#369' },
      })
        .jpeg()
        .toBuffer();
      // The first batch loads what is loaded late.
      await world.count([text(0), table(0), picture], 10);
      const kinds = [
        ['text', Array.from({ length: FILES }, (_, index) => text(index))],
        ['table', Array.from({ length: FILES }, (_, index) => table(index))],
        ['picture', Array.from({ length: FILES }, () => picture)],
      ] as const;
      const rows: Measured[] = [];
      for (const [name, files] of kinds) {
        rows.push(...rowsOf(`${name}, batches of 10`, await world.count(files, 10), 8.1));
        rows.push(...rowsOf(`${name}, batches of 1`, await world.count(files, 1)));
      }
      return rows;
    } finally {
      await world.close();
    }
  },
};
